package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Places and sizes of the chart, in pixels.
const (
	chartWidth = 760
	rowHeight  = 26
	firstRow   = 108
	panelWidth = 270
	timesAt    = 175 // left ends of the two panels
	countsAt   = 475
	labelWidth = 40 // of a number beside its bar
)

// chartStyle gives the chart a ground of its own, so that it can be read on any page.
const chartStyle = `<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .ground { fill: #ffffff } .title { font-size: 17px; font-weight: 600 } .small { font-size: 11px; fill: #59636e }
  .bar { fill: #8c959f } .ours { fill: #1a7f37 } .bold { font-weight: 600 }
  .grid { stroke: #d1d9e0 } .line { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .ground { fill: #0d1117 } .small { fill: #9198a1 }
    .bar { fill: #656c76 } .ours { fill: #3fb950 } .grid { stroke: #3d444d } .line { stroke: #f0f6fc }
  }
</style>
`

// scale places a factor in a panel: each doubling is as wide as the last, and 1 is the
// hand-written call.
type scale struct{ least, greatest float64 } // powers of two

func (s scale) at(factor float64) float64 {
	share := (math.Log2(factor) - s.least) / (s.greatest - s.least)
	return labelWidth + share*(panelWidth-2*labelWidth)
}

// bar is a value of one client in one panel: its factor of the hand-written call, and its text.
type bar struct {
	factor float64
	text   string
}

// bars returns those of the two panels, in the order of the rows.
func (r *result) bars() (times, counts []bar) {
	byHand := float64(r.rows[0].allocations)
	for _, row := range r.rows {
		median, _, _ := row.stub.spread()
		times = append(times, bar{median, fmt.Sprintf("%.2f", median)})
		counts = append(counts, bar{float64(row.allocations) / byHand, fmt.Sprint(row.allocations)})
	}
	return times, counts
}

// chart draws time and allocations of all clients as SVG.
func (r *result) chart() string {
	times, counts := r.bars()
	s := scale{-1, 1}
	for _, b := range append(times, counts...) {
		s.least = min(s.least, math.Floor(math.Log2(b.factor)))
		s.greatest = max(s.greatest, math.Ceil(math.Log2(b.factor)))
	}
	bottom := firstRow + rowHeight*len(r.rows)
	height := bottom + 40

	var out strings.Builder
	fmt.Fprintf(&out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n",
		chartWidth, height, chartWidth, height)
	out.WriteString("<title>Time and allocations of one call, beside net/http by hand</title>\n" + chartStyle)
	fmt.Fprintf(&out, "<rect class=\"ground\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n", chartWidth, height)
	text(&out, 20, 32, "title", "start", "One send, beside net/http by hand")
	text(&out, 20, 52, "small", "start", "Left of the line costs less than by hand, right of it more. Each step of the scale doubles.")
	text(&out, 20, bottom+28, "small", "start", r.when())
	for i, row := range r.rows {
		text(&out, 20, firstRow+rowHeight*i+17, row.class("bold", ""), "start", row.name)
		if row.module != "" { // the others have the version of Go
			text(&out, timesAt, firstRow+rowHeight*i+17, "small", "end", row.version())
		}
	}
	r.panel(&out, s, timesAt, "Time on the stub (by hand 1.00)", times)
	r.panel(&out, s, countsAt, fmt.Sprintf("Allocations (by hand %d)", r.rows[0].allocations), counts)
	out.WriteString("</svg>\n")
	return out.String()
}

// panel draws the scale and the bars, which begin at the line of the hand-written call.
func (r *result) panel(out *strings.Builder, s scale, left int, title string, bars []bar) {
	bottom := firstRow + rowHeight*len(bars)
	one := float64(left) + s.at(1)
	text(out, left+labelWidth, firstRow-30, "bold", "start", title)
	for power := s.least; power <= s.greatest; power++ {
		factor := math.Exp2(power)
		x := float64(left) + s.at(factor)
		class := "grid"
		if power == 0 {
			class = "line"
		}
		fmt.Fprintf(out, "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>\n", class, x, x, firstRow, bottom)
		text(out, int(x), firstRow-8, "small", "middle", fmt.Sprintf("%g×", factor))
	}
	for i, b := range bars {
		y := firstRow + rowHeight*i
		end := float64(left) + s.at(b.factor)
		fmt.Fprintf(out, "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n",
			r.rows[i].class("ours", "bar"), min(one, end), y+5, math.Abs(end-one), rowHeight-10)
		if b.factor < 1 {
			text(out, int(end)-5, y+17, r.rows[i].class("bold", ""), "end", b.text)
		} else {
			text(out, int(end)+5, y+17, r.rows[i].class("bold", ""), "start", b.text)
		}
	}
}

// class returns the first class for this package, the second for the others.
func (r row) class(own, other string) string {
	if r.name == ownName {
		return own
	}
	return other
}

func text(out *strings.Builder, x, y int, class, anchor, content string) {
	fmt.Fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"%s\" text-anchor=\"%s\">%s</text>\n", x, y, class, anchor, html.EscapeString(content))
}
