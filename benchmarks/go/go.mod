module beamish/benchmarks/go

go 1.19
