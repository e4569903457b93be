package emulator

import (
	"net/http"
	"slices"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func templateRoutes() []route {
	return []route{
		{
			id: "listTemplates", method: http.MethodGet, path: "/templates",
			summary: "The templates.", answer: []pilotstatustest.TemplateInfo{},
			handle: func(q *request) (any, error) { return q.tenant.Engine.Templates(), nil },
		},
		{
			id: "addTemplate", method: http.MethodPost, path: "/templates",
			summary: "Adds an approved template that every number can send.",
			body:    pilotstatustest.Template{}, answer: pilotstatustest.TemplateInfo{}, status: http.StatusCreated,
			handle: addTemplate,
		},
		{
			id: "setTemplateStatus", method: http.MethodPost, path: "/templates/{template}/status",
			summary: "Sets what Meta says of a template, by its id or name.",
			body:    templateStatusBody{}, answer: pilotstatustest.TemplateInfo{},
			handle: setTemplateStatus,
		},
	}
}

func addTemplate(q *request) (any, error) {
	var in pilotstatustest.Template
	if err := q.read(&in); err != nil {
		return nil, err
	}
	id := q.tenant.Engine.Tenant().AddTemplate(in)
	if id == "" {
		return nil, invalid("the template has no name or a broken placeholder, its name is taken, or there are 1,000 templates")
	}
	return q.template(id)
}

// templateStatusBody is the body of setTemplateStatus.
type templateStatusBody struct {
	Status string `emulator:"required"` // APPROVED, PENDING, REJECTED or DISABLED
	Reason string
}

func setTemplateStatus(q *request) (any, error) {
	var in templateStatusBody
	if err := q.read(&in); err != nil {
		return nil, err
	}
	t, err := q.template(q.PathValue("template"))
	if err != nil {
		return nil, err
	}
	q.tenant.Engine.Tenant().SetTemplateStatus(t.ID, in.Status, in.Reason)
	return q.template(t.ID)
}

func (q *request) template(idOrName string) (pilotstatustest.TemplateInfo, error) {
	all := q.tenant.Engine.Templates()
	i := slices.IndexFunc(all, func(t pilotstatustest.TemplateInfo) bool { return t.ID == idOrName || t.Name == idOrName })
	if i < 0 {
		return pilotstatustest.TemplateInfo{}, failf(http.StatusNotFound, "NO_SUCH_TEMPLATE", "there is no template %q", idOrName)
	}
	return all[i], nil
}
