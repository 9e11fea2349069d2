// SPDX-License-Identifier: Apache-2.0
// The rows about goroutines themselves: birth and end, an idle million, a ring, a tree.
package main

import "runtime"

// spawns starts a goroutine and waits for its end, one after the other. The deferred send is the
// nearest thing to a DOWN message: it also happens on a panic.
func spawns(n int) result {
	down := make(chan int)
	sum := 0
	watch := startWatch()
	for i := 1; i <= n; i++ {
		i := i
		go func() {
			defer func() { down <- i }()
		}()
		sum += <-down
	}
	return rate(n, watch.read(), expect("sum of ends", sum, n*(n+1)/2))
}

// idle starts n servers that each own a number and wait on a channel of their own.
func idle(n int) result {
	type ask struct{ reply chan int }
	servers := make([]chan ask, n)
	runtime.GC()
	before := status("VmRSS")
	watch := startWatch()
	ready := make(chan bool)
	for i := range servers {
		i := i
		mailbox := make(chan ask)
		servers[i] = mailbox
		go func() {
			ready <- true
			for a := range mailbox {
				a.reply <- i
			}
		}()
		<-ready
	}
	took := watch.read()
	after := status("VmRSS")
	reply := make(chan int, 1)
	sum := 0
	for _, server := range servers {
		server <- ask{reply}
		sum += <-reply
	}
	return result{Seconds: took.seconds, Cpu: took.cpu,
		Figure: float64(after-before) * 1024 / float64(n), Unit: "bytes", Checked: expect("sum of states", sum, n*(n-1)/2)}
}

// ring sends one token n hops around 1,000 goroutines.
func ring(n int) result {
	const size = 1000
	type message struct {
		hops  int
		count chan int
	}
	nodes := make([]chan message, size)
	for i := range nodes {
		nodes[i] = make(chan message, 1)
	}
	done := make(chan int)
	for i := range nodes {
		i := i
		self, next := nodes[i], nodes[(i+1)%size]
		go func() {
			passed := 0
			for m := range self {
				switch {
				case m.count != nil:
					m.count <- passed
				case m.hops == 0:
					done <- i
				default:
					passed++
					next <- message{hops: m.hops - 1}
				}
			}
		}()
	}
	watch := startWatch()
	nodes[0] <- message{hops: n}
	last := <-done
	took := watch.read()
	expect("last node", last, n%size)
	count := make(chan int)
	passed := 0
	for _, node := range nodes {
		node <- message{count: count}
		passed += <-count
	}
	return rate(n, took, expect("hops", passed, n))
}

// skynet grows a tree of tens down to n leaves, each of which sends its number up.
func skynet(n int) result {
	up := make(chan int)
	watch := startWatch()
	go branch(up, 0, n)
	sum := <-up
	took := watch.read()
	return result{Seconds: took.seconds, Cpu: took.cpu, Figure: took.seconds,
		Unit: "seconds", Checked: expect("sum of leaves", sum, n*(n-1)/2)}
}

func branch(up chan int, first, size int) {
	if size == 1 {
		up <- first
		return
	}
	here := make(chan int)
	for c := 0; c < 10; c++ {
		go branch(here, first+c*(size/10), size/10)
	}
	sum := 0
	for c := 0; c < 10; c++ {
		sum += <-here
	}
	up <- sum
}
