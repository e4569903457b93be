// Package browsertest holds the tests of the emulator's page in a real browser, against the
// real program. It is a module of its own, so that nobody else needs what drives a browser.
package browsertest
