//go:build !unix

package main

// connectionLimit is the same everywhere: there is no limit of descriptors.
func connectionLimit() int { return maxConnections }
