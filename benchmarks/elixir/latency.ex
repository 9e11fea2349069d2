# SPDX-License-Identifier: Apache-2.0
# The rows about lateness: a million timers, and a round trip beside processes that compute.

defmodule Peer.Steps do
  @moduledoc "Times counted in steps of 10 us, as percentiles are read off them."
  @step 10_000
  @steps 1_000_000

  def new, do: :counters.new(@steps + 1, [])

  def add(steps, nanoseconds, amount),
    do: :counters.add(steps, min(div(nanoseconds, @step), @steps) + 1, amount)

  @doc "In seconds, rounded up to a step."
  def percentile(steps, share, total), do: find(steps, 1, share * total) * @step / 1.0e9

  defp find(_steps, at, _left) when at > @steps, do: at

  defp find(steps, at, left) do
    left = left - :counters.get(steps, at)
    if left <= 0, do: at, else: find(steps, at + 1, left)
  end
end

defmodule Peer.Timers do
  alias Peer.Steps
  import Peer, only: [now: 0, since: 1, expect: 3]

  # When the first may come due: by then all are armed.
  @lead_ms 2500
  @ms 1_000_000

  @doc "n timers that all come due within one second; the figure is how late the last 1 % come."
  def timers(n) do
    steps = Steps.new()
    start = now()
    begin = System.monotonic_time(:nanosecond)
    arm(0, n, begin)
    armed = since(start)[:seconds]
    {sum, max} = take(n, steps, 0, 0)
    took = since(start)
    checked = expect("sum of timers", sum, div(n * (n - 1), 2))

    details = [
      p50: Steps.percentile(steps, 0.5, n),
      max: max / 1.0e9,
      cpu: took[:cpu_seconds],
      arming: armed
    ]

    p99 = Steps.percentile(steps, 0.99, n)
    took ++ [figure: p99, unit: "seconds", checked: checked, details: details]
  end

  defp arm(n, n, _begin), do: :ok

  defp arm(i, n, begin) do
    now = System.monotonic_time(:nanosecond)
    delay = @lead_ms + rem(i * 7919, 1000) - div(now - begin, @ms)
    Process.send_after(self(), {:due, i, now + delay * @ms}, delay)
    arm(i + 1, n, begin)
  end

  defp take(0, _steps, sum, max), do: {sum, max}

  defp take(left, steps, sum, max) do
    receive do
      {:due, i, at} ->
        late = System.monotonic_time(:nanosecond) - at
        if late < 0, do: expect("early timers", 1, 0)
        Steps.add(steps, late, 1)
        take(left - 1, steps, sum + i, max(max, late))
    end
  end
end

defmodule Peer.Loops do
  alias Peer.Steps
  import Peer, only: [now: 0, since: 1, expect: 3]

  @loops 4
  @steps 500
  @onset_ms 500

  def endless(ms), do: measure(&endless_loop/4, ms)
  def awaiting(ms), do: measure(&awaiting_loop/4, ms)

  defp measure(loop, ms) do
    peer = spawn_link(&echo/0)
    stop = :atomics.new(1, [])
    start = now()
    loops = for _ <- 1..@loops, do: spawn_monitor(fn -> exit({:done, loop.(stop, 1, 0, 0)}) end)
    {number, first} = ping_pong(peer, @onset_ms, 0)
    {_, later} = ping_pong(peer, ms, number)
    took = since(start)
    :atomics.put(stop, 1, 1)

    pieces =
      for {pid, ref} <- loops do
        receive do
          {:DOWN, ^ref, :process, ^pid, {:done, pieces}} -> pieces
        end
      end

    details = [
      worst: later.worst / 1.0e9,
      onset: first.worst / 1.0e9,
      trips: later.count / later.total * 1.0e9,
      pieces: Enum.sum(pieces) / took[:seconds]
    ]

    p99 = Steps.percentile(later.steps, 0.99, later.total)
    checked = expect("loops that ended", length(pieces), @loops)
    took ++ [figure: p99, unit: "seconds", checked: checked, details: details]
  end

  defp compute(x, 0), do: x

  defp compute(x, steps) do
    y = Bitwise.band(x * 1_664_525 + 1_013_904_223, 0xFFFFFFFF)
    compute(Bitwise.bxor(y, Bitwise.bsr(x, 16)), steps - 1)
  end

  defp endless_loop(stop, x, pieces, 0) do
    x = compute(x, @steps)
    endless_loop(stop, x, pieces + 1, :atomics.get(stop, 1))
  end

  defp endless_loop(_stop, _x, pieces, 1), do: pieces

  defp awaiting_loop(stop, x, pieces, 0) do
    x = compute(x, @steps)

    receive do
      :never -> :ok
    after
      0 -> :ok
    end

    awaiting_loop(stop, x, pieces + 1, :atomics.get(stop, 1))
  end

  defp awaiting_loop(_stop, _x, pieces, 1), do: pieces

  defp echo do
    receive do
      {:ping, from, number} -> send(from, {:pong, number})
    end

    echo()
  end

  defp ping_pong(peer, ms, number) do
    before = System.monotonic_time(:nanosecond)
    seen = %{steps: Steps.new(), total: 0, count: 0, worst: 0}
    ping_pong(peer, before + ms * 1_000_000, number, before, seen)
  end

  defp ping_pong(_peer, stop_at, number, before, seen) when before >= stop_at, do: {number, seen}

  defp ping_pong(peer, stop_at, number, before, seen) do
    number = number + 1
    send(peer, {:ping, self(), number})

    receive do
      {:pong, ^number} -> :ok
    end

    now = System.monotonic_time(:nanosecond)
    took = now - before
    Steps.add(seen.steps, took, took)
    %{total: total, count: count, worst: worst} = seen
    seen = %{seen | total: total + took, count: count + 1, worst: max(worst, took)}
    ping_pong(peer, stop_at, number, now, seen)
  end
end
