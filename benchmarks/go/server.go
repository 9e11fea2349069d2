// SPDX-License-Identifier: Apache-2.0
// A counter as a goroutine that owns its state, and the rows that call it and cast to it.
package main

const (
	bump   = iota // answers the new count
	add           // no answer
	report        // answers count and sum
)

type request struct {
	kind   int
	amount int
	reply  chan answer
}

type answer struct{ count, sum int }

// A buffered channel: the sender waits only when this many requests are ahead of it.
const mailboxSize = 1024

func startServer(size int) chan request {
	mailbox := make(chan request, size)
	go func() {
		var state answer
		for r := range mailbox {
			switch r.kind {
			case bump:
				state.count++
				r.reply <- state
			case add:
				state.count++
				state.sum += r.amount
			case report:
				r.reply <- state
			}
		}
	}()
	return mailbox
}

func calls(clients, n int) result {
	each := n / clients
	server := startServer(0)
	done := make(chan int)
	watch := startWatch()
	for c := 0; c < clients; c++ {
		go func() {
			reply := make(chan answer, 1)
			sum := 0
			for i := 0; i < each; i++ {
				server <- request{kind: bump, reply: reply}
				sum += (<-reply).count
			}
			done <- sum
		}()
	}
	sum := 0
	for c := 0; c < clients; c++ {
		sum += <-done
	}
	took := watch.read()
	total := each * clients
	return rate(total, took, expect("sum of replies", sum, total*(total+1)/2))
}

func casts(producers, n int) result {
	each := n / producers
	server := startServer(mailboxSize)
	done := make(chan bool)
	watch := startWatch()
	for p := 0; p < producers; p++ {
		go func() {
			reply := make(chan answer, 1)
			for i := 1; i <= each; i++ {
				server <- request{kind: add, amount: i}
			}
			server <- request{kind: report, reply: reply}
			<-reply
			done <- true
		}()
	}
	for p := 0; p < producers; p++ {
		<-done
	}
	took := watch.read()
	reply := make(chan answer, 1)
	server <- request{kind: report, reply: reply}
	state := <-reply
	expect("count", state.count, each*producers)
	return rate(each*producers, took,
		expect("sum of casts", state.sum, producers*(each*(each+1)/2)))
}
