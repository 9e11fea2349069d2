// SPDX-License-Identifier: Apache-2.0
// Empty tasks, at most two at a time, first in, first out, and their results.
package main

import (
	"fmt"
	"os"
)

type taskResult struct {
	index int
	value int
	err   error
}

type job struct {
	index int
	run   func() int
}

// runTask ends with a result, also when the task panics.
func runTask(j job, results chan<- taskResult, slots <-chan bool) {
	r := taskResult{index: j.index}
	defer func() {
		if p := recover(); p != nil {
			r.err = fmt.Errorf("task %d: %v", j.index, p)
		}
		<-slots
		results <- r
	}()
	r.value = j.run()
}

// tasks submits n jobs to one handler, which starts a goroutine for each while a slot is free.
func tasks(n int) result {
	queue := make(chan job, n)
	results := make(chan taskResult, n)
	go func() {
		slots := make(chan bool, 2)
		for j := range queue {
			slots <- true
			go runTask(j, results, slots)
		}
	}()
	watch := startWatch()
	for i := 0; i < n; i++ {
		i := i
		queue <- job{i, func() int { return i }}
	}
	values := make([]int, n)
	for i := 0; i < n; i++ {
		r := <-results
		if r.err != nil {
			panic(r.err)
		}
		values[r.index] = r.value
	}
	took := watch.read()
	sum := 0
	for i, value := range values {
		if value != i {
			expect("result", value, i)
		}
		sum += value
	}
	return rate(n, took, expect("sum of results", sum, n*(n-1)/2))
}

// hello starts the runtime and one goroutine, which prints a line; then the end of input is awaited.
func hello(n int) result {
	done := make(chan bool)
	go func() {
		fmt.Println("hello")
		done <- true
	}()
	<-done
	_, _ = os.Stdin.Read(make([]byte, 1))
	os.Exit(0)
	return result{}
}
