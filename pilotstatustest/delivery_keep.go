package pilotstatustest

// countSending notes that a delivery has so many bytes more, unless it was dropped.
func (s *state) countSending(d *sending, bytes int) {
	if !d.gone {
		d.counted += bytes
		s.bytes.used += bytes
	}
}

// dropSending drops the oldest delivery of a webhook, with what its log says of that time.
func (s *state) dropSending(hook *webhook) {
	s.bytes.used -= hook.sends[0].counted
	s.lost.Deliveries++
	hook.sends[0].gone = true
	hook.sends = withoutFirst(hook.sends)
	for len(hook.logs) > 0 && (len(hook.sends) == 0 || hook.logs[0].at.Before(hook.sends[0].CreatedAt)) {
		hook.logs = withoutFirst(hook.logs)
	}
}

// dropSendings drops the deliveries of a webhook that is deleted.
func (s *state) dropSendings(hook *webhook) {
	for _, d := range hook.sends {
		s.bytes.used -= d.counted
		d.gone = true
	}
	hook.sends = nil
}
