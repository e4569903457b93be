package pilotstatus

import "context"

// Project is a remainder of an earlier API. No other call uses it.
//
// Deprecated: the vendor no longer documents projects.
type Project struct {
	ID          string    `json:"id" required:"true"`
	Name        string    `json:"name"`
	Slug        string    `json:"slug"` // made from the name
	Description string    `json:"description"`
	CreatedAt   Timestamp `json:"createdAt"`
}

// CreateProjectRequest describes the project that [ProjectsService.Create] creates.
//
// Deprecated: the vendor no longer documents projects.
type CreateProjectRequest struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

func (p CreateProjectRequest) validate() error { return required("Name", p.Name) }

// ProjectsService lists and creates projects. It is part of a [NumberClient] and of a
// [TenantClient].
//
// Deprecated: the vendor no longer documents projects.
//
//   - [ProjectsService.List] lists all projects
//   - [ProjectsService.Create] creates a project
type ProjectsService struct{ client *Client }

// List returns all projects.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Deprecated: the vendor no longer documents projects.
//
// Scope: number key or tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s ProjectsService) List(ctx context.Context) ([]Project, error) {
	return invokeList[Project](ctx, s.client, opProjectsList, input{}, "projects", "data")
}

// Create creates a project, which cannot be deleted. After an [*OutcomeUnknownError], look
// for it in List before calling again, because each call creates another project.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Deprecated: the vendor no longer documents projects.
//
// Scope: number key or tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and
// those of every call.
func (s ProjectsService) Create(ctx context.Context, req CreateProjectRequest) (*Project, error) {
	return invoke[Project](ctx, s.client, opProjectsCreate, input{body: req})
}
