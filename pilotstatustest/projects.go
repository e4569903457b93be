package pilotstatustest

import (
	"slices"
	"strconv"
	"strings"
)

func projectRoutes() []route {
	return []route{
		on("Projects.List", "GET /v1/projects", scopeBoth, listProjects),
		onBody("Projects.Create", "POST /v1/projects", scopeBoth, createProject).creates(),
	}
}

// inForm returns the project with null for an empty description in the other form of
// the answers.
func (p projectAnswer) inForm(other bool) projectAnswer {
	if other && *p.Description == "" {
		p.Description = nil
	}
	return p
}

func listProjects(c *call) (any, *failure) {
	w := &c.state.workspace
	return rowsOf(w.projects, func(p projectAnswer) projectAnswer { return p.inForm(w.otherForms) }), nil
}

// projectRequest is the body of Projects.Create.
type projectRequest struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

func createProject(c *call, in *projectRequest) (any, *failure) {
	if blank(in.Name) {
		return nil, invalid("name is missing")
	}
	w := &c.state.workspace
	p := projectAnswer{
		ID: c.state.newID("prj"), Name: in.Name, Slug: w.freeSlug(slug(in.Name)),
		Description: &in.Description, CreatedAt: stampText(c.state.clock.now()),
	}
	w.projects = append(w.projects, p)
	return p.inForm(w.otherForms), nil
}

// slug writes Front desk as front-desk.
func slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	if len(words) == 0 {
		return "project"
	}
	return strings.Join(words, "-")
}

// freeSlug puts a number behind a slug that is taken.
func (w *workspaceState) freeSlug(wanted string) string {
	for i, try := 2, wanted; ; i++ {
		if !slices.ContainsFunc(w.projects, func(p projectAnswer) bool { return p.Slug == try }) {
			return try
		}
		try = wanted + "-" + strconv.Itoa(i)
	}
}
