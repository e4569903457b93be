package main

// severity orders findings by what they mean to the user of the report.
type severity int

const (
	note       severity = iota // worth knowing
	attention                  // of the account
	differs                    // the API is not what this version knows
	unanswered                 // the API, or the way to it, failed
	badKey                     // a key does not work
)

// String returns the severity as the report shows it.
func (s severity) String() string {
	return [...]string{"note", "attention", "difference", "unanswered", "key"}[s]
}

// exitCode is the exit code of the program where this is the worst finding.
func (s severity) exitCode() int { return [...]int{0, 5, 4, 1, 3}[s] }

// finding is one line of the report.
type finding struct {
	severity severity
	where    string // the operation, the key or the thing of the account
	text     string
}

// exitCode is that of the worst finding.
func (r *report) exitCode() int {
	worst := note
	for _, f := range r.findings {
		worst = max(worst, f.severity)
	}
	return worst.exitCode()
}
