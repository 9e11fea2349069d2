// SPDX-License-Identifier: Apache-2.0
// The Go programs of the comparison: `peer ROW WORKERS N` measures one row and prints one JSON line.
//
// Goroutines have no identity, mailbox, link, monitor or call timeout; what stands in for them here
// is the plain idiom (a goroutine that owns its state, one channel of requests). See
// benchmarks/README.md for what that leaves out.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type result struct {
	Row       string  `json:"row"`
	N         int     `json:"n"`
	Seconds   float64 `json:"seconds"`
	Cpu       float64 `json:"cpu_seconds"`
	Figure    float64 `json:"figure"`
	Unit      string  `json:"unit"`
	Checked   string  `json:"checked"`
	RssPeakKi int     `json:"rss_peak_kib"`

	Details map[string]float64 `json:"details,omitempty"`
}

var rows = map[string]func(n int) result{
	"call":   func(n int) result { return calls(1, n) },
	"call8":  func(n int) result { return calls(8, n) },
	"cast":   func(n int) result { return casts(1, n) },
	"cast8":  func(n int) result { return casts(8, n) },
	"spawn":  spawns,
	"idle":   idle,
	"ring":   ring,
	"skynet": skynet,
	"timers": timers,
	"tasks":  tasks,
	"hello":  hello,

	"loops":       func(n int) result { return besideLoops(endlessLoop, n) },
	"loops_await": func(n int) result { return besideLoops(yieldingLoop, n) },
}

func main() {
	if len(os.Args) != 4 || rows[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: peer ROW WORKERS N")
		os.Exit(2)
	}
	workers, n := number(os.Args[2]), number(os.Args[3])
	runtime.GOMAXPROCS(workers)
	r := rows[os.Args[1]](n)
	r.Row, r.N, r.RssPeakKi = os.Args[1], n, status("VmHWM")
	line, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		fmt.Fprintln(os.Stderr, "not a positive number:", text)
		os.Exit(2)
	}
	return n
}

// rate is the result of a row that counts operations per second.
func rate(n int, took elapsed, checked string) result {
	return result{Seconds: took.seconds, Cpu: took.cpu, Figure: float64(n) / took.seconds,
		Unit: "per_second", Checked: checked}
}

// elapsed is the time that passed, and the processor time that all threads used meanwhile.
type elapsed struct{ seconds, cpu float64 }

type stopwatch struct {
	start time.Time
	used  float64
}

func startWatch() stopwatch { return stopwatch{time.Now(), processorTime()} }

func (w stopwatch) read() elapsed {
	return elapsed{time.Since(w.start).Seconds(), processorTime() - w.used}
}

func processorTime() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}

// expect ends the program when a result is wrong: a wrong run has no figure.
func expect(what string, got, want int) string {
	if got != want {
		fmt.Fprintf(os.Stderr, "wrong %s: got %d, want %d\n", what, got, want)
		os.Exit(1)
	}
	return fmt.Sprintf("%s %d", what, got)
}

// status reads one field of /proc/self/status in KiB.
func status(field string) int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, field+":") {
			return number(strings.Fields(line)[1])
		}
	}
	panic("no field " + field)
}
