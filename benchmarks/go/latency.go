// SPDX-License-Identifier: Apache-2.0
// The rows about lateness: a million timers, and a round trip beside goroutines that compute.
package main

import (
	"runtime"
	"sort"
	"sync/atomic"
	"time"
)

// When the first timer may come due: by then all are armed.
const leadMs = 2500

// timers arms n timers that all come due within one second; each sends its message to one channel.
func timers(n int) result {
	type due struct {
		index int
		at    time.Duration
	}
	mailbox := make(chan due, n) // so that no sender ever waits
	late := make([]time.Duration, 0, n)
	sum := 0
	watch := startWatch()
	begin := time.Now()
	for i := 0; i < n; i++ {
		now := time.Since(begin)
		delay := time.Duration(leadMs+i*7919%1000-int(now/time.Millisecond)) * time.Millisecond
		d := due{i, now + delay}
		time.AfterFunc(delay, func() { mailbox <- d })
	}
	armed := watch.read().seconds
	for i := 0; i < n; i++ {
		d := <-mailbox
		l := time.Since(begin) - d.at
		if l < 0 {
			expect("early timers", 1, 0)
		}
		late = append(late, l)
		sum += d.index
	}
	took := watch.read()
	sort.Slice(late, func(a, b int) bool { return late[a] < late[b] })
	at := func(p float64) float64 { return late[int(p*float64(n-1))].Seconds() }
	return result{Seconds: took.seconds, Cpu: took.cpu, Figure: at(0.99), Unit: "seconds",
		Checked: expect("sum of timers", sum, n*(n-1)/2),
		Details: map[string]float64{"p50": at(0.5), "max": at(1), "cpu": took.cpu, "arming": armed}}
}

// weighted are round trips that follow each other without a gap; each counts by the time it takes.
type weighted struct {
	timeIn [steps + 1]time.Duration
	total  time.Duration
	worst  time.Duration
	count  int
}

const (
	step  = 10 * time.Microsecond
	steps = 1_000_000
)

func (w *weighted) add(took time.Duration) {
	at := took / step
	if at > steps {
		at = steps
	}
	w.timeIn[at] += took
	w.total += took
	w.count++
	if took > w.worst {
		w.worst = took
	}
}

func (w *weighted) percentile(p float64) float64 {
	left := time.Duration(p * float64(w.total))
	for at, in := range w.timeIn {
		left -= in
		if left <= 0 {
			return (time.Duration(at+1) * step).Seconds()
		}
	}
	return w.worst.Seconds()
}

const (
	loops     = 4
	loopSteps = 500
	onset     = 500 * time.Millisecond
)

func compute(x uint32) uint32 {
	for i := 0; i < loopSteps; i++ {
		x = (x*1664525 + 1013904223) ^ (x >> 16)
	}
	return x
}

type loopState struct {
	stop   int32
	pieces int64
	kept   uint32 // so that the work can't be left out
	ended  chan bool
}

func endlessLoop(s *loopState) {
	x, pieces := uint32(1), int64(0)
	for ; atomic.LoadInt32(&s.stop) == 0; pieces++ {
		x = compute(x)
	}
	s.end(x, pieces)
}

func yieldingLoop(s *loopState) {
	x, pieces := uint32(1), int64(0)
	for ; atomic.LoadInt32(&s.stop) == 0; pieces++ {
		x = compute(x)
		runtime.Gosched()
	}
	s.end(x, pieces)
}

func (s *loopState) end(x uint32, pieces int64) {
	atomic.AddUint32(&s.kept, x)
	atomic.AddInt64(&s.pieces, pieces)
	s.ended <- true
}

func besideLoops(loop func(*loopState), ms int) result {
	state := &loopState{ended: make(chan bool)}
	ping, pong := make(chan int), make(chan int)
	go func() {
		for number := range ping {
			pong <- number
		}
	}()
	number := 0
	pingPong := func(length time.Duration) *weighted {
		seen := &weighted{}
		before := time.Now()
		for end := before.Add(length); before.Before(end); {
			number++
			ping <- number
			if answer := <-pong; answer != number {
				expect("round trip", answer, number)
			}
			now := time.Now()
			seen.add(now.Sub(before))
			before = now
		}
		return seen
	}
	watch := startWatch()
	for i := 0; i < loops; i++ {
		go loop(state)
	}
	first := pingPong(onset)
	later := pingPong(time.Duration(ms) * time.Millisecond)
	took := watch.read()
	atomic.StoreInt32(&state.stop, 1)
	ended := 0
	for ; ended < loops; ended++ {
		<-state.ended
	}
	return result{Seconds: took.seconds, Cpu: took.cpu, Figure: later.percentile(0.99),
		Unit: "seconds", Checked: expect("loops that ended", ended, loops),
		Details: map[string]float64{"worst": later.worst.Seconds(), "onset": first.worst.Seconds(),
			"trips":  float64(later.count) / later.total.Seconds(),
			"pieces": float64(state.pieces) / took.seconds}}
}
