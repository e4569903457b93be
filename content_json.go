package pilotstatus

// MarshalJSON writes the content with its kind, for storage.
func (c TextContent) MarshalJSON() ([]byte, error) { return marshalStored(c) }

// UnmarshalJSON reads what MarshalJSON wrote, and nothing that a newer version added.
func (c *TextContent) UnmarshalJSON(data []byte) error { return readStoredContent(data, c) }

// MarshalJSON writes the content with its kind, for storage.
func (c TemplateContent) MarshalJSON() ([]byte, error) { return marshalStored(c) }

// UnmarshalJSON reads what MarshalJSON wrote, and nothing that a newer version added.
func (c *TemplateContent) UnmarshalJSON(data []byte) error { return readStoredContent(data, c) }

// MarshalJSON writes the content with its kind, for storage.
func (c MediaContent) MarshalJSON() ([]byte, error) { return marshalStored(c) }

// UnmarshalJSON reads what MarshalJSON wrote, and nothing that a newer version added.
func (c *MediaContent) UnmarshalJSON(data []byte) error { return readStoredContent(data, c) }

// MarshalJSON writes the content with its kind, for storage.
func (c ListContent) MarshalJSON() ([]byte, error) { return marshalStored(c) }

// UnmarshalJSON reads what MarshalJSON wrote, and nothing that a newer version added.
func (c *ListContent) UnmarshalJSON(data []byte) error { return readStoredContent(data, c) }

// MarshalJSON writes the content with its kind, for storage.
func (c CarouselContent) MarshalJSON() ([]byte, error) { return marshalStored(c) }

// UnmarshalJSON reads what MarshalJSON wrote, and nothing that a newer version added.
func (c *CarouselContent) UnmarshalJSON(data []byte) error { return readStoredContent(data, c) }

// MarshalJSON writes the content with its kind, for storage.
func (c FlowContent) MarshalJSON() ([]byte, error) { return marshalStored(c) }

// UnmarshalJSON reads what MarshalJSON wrote, and nothing that a newer version added.
// Numbers in Data become a json.Number, which keeps all digits.
func (c *FlowContent) UnmarshalJSON(data []byte) error { return readStoredContent(data, c) }
