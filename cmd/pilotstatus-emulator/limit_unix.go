//go:build unix

package main

import "syscall"

// connectionLimit leaves half of the descriptors to deliveries and files.
func connectionLimit() int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return maxConnections
	}
	return int(min(uint64(files.Cur)/2, maxConnections)) //nolint:unconvert // signed on some systems
}
