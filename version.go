package pilotstatus

// Version is the version of this package. It is part of the User-Agent header.
const Version = "0.1.0"

// userAgent is the User-Agent of every request, after the caller's own product
// token where one was set with WithUserAgent.
const userAgent = "pilotstatus-go/" + Version
