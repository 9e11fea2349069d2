# SPDX-License-Identifier: Apache-2.0
# Empty tasks, at most two at a time, and calls by a process whose mailbox is full.

defmodule Peer.Handler do
  @moduledoc "A task handler driven by events: monitors its tasks, first in, first out."
  use GenServer

  def start_link(limit), do: GenServer.start_link(__MODULE__, limit)
  def submit(handler, tag, fun), do: GenServer.cast(handler, {:submit, {self(), tag}, fun})

  @impl true
  def init(limit), do: {:ok, %{limit: limit, running: %{}, queue: :queue.new()}}

  @impl true
  def handle_cast({:submit, from, fun}, state),
    do: {:noreply, fill(%{state | queue: :queue.in({from, fun}, state.queue)})}

  @impl true
  def handle_info({:DOWN, ref, :process, _, reason}, state) do
    {{from, tag}, running} = Map.pop!(state.running, ref)

    case reason do
      {:value, value} -> send(from, {tag, {:ok, value}})
      reason -> send(from, {tag, {:error, reason}})
    end

    {:noreply, fill(%{state | running: running})}
  end

  defp fill(%{limit: limit, running: running, queue: queue} = state) do
    with true <- map_size(running) < limit, {{:value, {from, fun}}, queue} <- :queue.out(queue) do
      {_, ref} = spawn_monitor(fn -> exit({:value, fun.()}) end)
      fill(%{state | running: Map.put(running, ref, from), queue: queue})
    else
      _ -> state
    end
  end
end

defmodule Peer.Tasks do
  alias Peer.Handler
  import Peer, only: [now: 0, since: 1, rate: 3, expect: 3]

  def by_handler(n) do
    {:ok, handler} = Handler.start_link(2)
    start = now()
    for i <- 0..(n - 1), do: Handler.submit(handler, i, fn -> i end)
    sum = Enum.reduce(1..n, 0, fn _, sum -> sum + answer() end)
    rate(n, since(start), expect("sum of results", sum, div(n * (n - 1), 2)))
  end

  defp answer do
    receive do
      {tag, {:ok, value}} when tag == value -> value
    end
  end

  def by_stream(n) do
    {:ok, supervisor} = Task.Supervisor.start_link()
    start = now()

    sum =
      supervisor
      |> Task.Supervisor.async_stream_nolink(0..(n - 1), fn i -> i end, max_concurrency: 2)
      |> Enum.reduce(0, fn {:ok, value}, sum -> sum + value end)

    rate(n, since(start), expect("sum of results", sum, div(n * (n - 1), 2)))
  end
end

defmodule Peer.Backlog do
  alias Peer.Counter
  import Peer, only: [now: 0, since: 1, expect: 3]

  @backlog 100_000
  @rounds 10

  @doc "Calls by two processes in turn: nothing waits in the mailbox of one, much in the other's."
  def calls(n) do
    {:ok, server} = Counter.start_link([])
    main = self()
    each = div(n, @rounds)
    start_caller = fn waiting -> spawn_link(fn -> caller(server, waiting, main) end) end
    [empty, full] = Enum.map([0, @backlog], start_caller)
    start = now()

    {empty_s, full_s, sum} =
      Enum.reduce(1..@rounds, {0, 0, 0}, fn _, {empty_s, full_s, sum} ->
        {a, sum_a} = ask(empty, each)
        {b, sum_b} = ask(full, each)
        {empty_s + a, full_s + b, sum + sum_a + sum_b}
      end)

    took = since(start)
    total = 2 * @rounds * each
    checked = expect("sum of replies", sum, div(total * (total + 1), 2))
    send(full, :empty_mailbox)

    receive do
      {:emptied, left} -> expect("messages that waited", left, div(@backlog * (@backlog + 1), 2))
    end

    made = @rounds * each
    details = [empty: made / empty_s, waiting: made / full_s]
    took ++ [figure: empty_s / full_s, unit: "share", checked: checked, details: details]
  end

  defp ask(caller, count) do
    send(caller, {:make_calls, count})

    receive do
      {:calls_made, ^caller, seconds, sum} -> {seconds, sum}
    end
  end

  defp caller(server, waiting, main) do
    for i <- 1..waiting//1, do: send(self(), {:unrelated, i})
    serve(server, main)
  end

  defp serve(server, main) do
    receive do
      {:make_calls, count} ->
        start = System.monotonic_time(:nanosecond)
        sum = call(server, count, 0)
        seconds = (System.monotonic_time(:nanosecond) - start) / 1.0e9
        send(main, {:calls_made, self(), seconds, sum})
        serve(server, main)

      :empty_mailbox ->
        send(main, {:emptied, drain(0)})
    end
  end

  defp call(_server, 0, sum), do: sum
  defp call(server, n, sum), do: call(server, n - 1, sum + GenServer.call(server, :bump))

  defp drain(sum) do
    receive do
      {:unrelated, i} -> drain(sum + i)
    after
      0 -> sum
    end
  end
end
