# SPDX-License-Identifier: Apache-2.0
# A counter as a GenServer, and the rows that call it and cast to it.

defmodule Peer.Counter do
  use GenServer

  def start_link(args), do: GenServer.start_link(__MODULE__, args)

  @impl true
  def init(_args), do: {:ok, {0, 0}}

  @impl true
  def handle_call(:bump, _from, {count, sum}), do: {:reply, count + 1, {count + 1, sum}}
  def handle_call(:report, _from, state), do: {:reply, state, state}

  @impl true
  def handle_cast({:add, amount}, {count, sum}), do: {:noreply, {count + 1, sum + amount}}
end

defmodule Peer.Server do
  alias Peer.Counter
  import Peer, only: [now: 0, since: 1, rate: 3, expect: 3]

  def calls(clients, n) do
    each = div(n, clients)
    {:ok, server} = Counter.start_link([])
    start = now()

    sum =
      1..clients
      |> Enum.map(fn _ -> Task.async(fn -> call_loop(server, each, 0) end) end)
      |> Enum.map(&Task.await(&1, :infinity))
      |> Enum.sum()

    took = since(start)
    total = each * clients
    rate(total, took, expect("sum of replies", sum, div(total * (total + 1), 2)))
  end

  def casts(producers, n) do
    each = div(n, producers)
    {:ok, server} = Counter.start_link([])
    start = now()

    1..producers
    |> Enum.map(fn _ -> Task.async(fn -> cast_loop(server, each) end) end)
    |> Enum.each(&Task.await(&1, :infinity))

    took = since(start)
    {count, sum} = GenServer.call(server, :report)
    expect("count", count, each * producers)
    want = producers * div(each * (each + 1), 2)
    rate(each * producers, took, expect("sum of casts", sum, want))
  end

  defp call_loop(_server, 0, sum), do: sum
  defp call_loop(server, n, sum), do: call_loop(server, n - 1, sum + GenServer.call(server, :bump))

  # The call at the end waits until the server has taken all that this process cast before.
  defp cast_loop(server, 0), do: GenServer.call(server, :report, :infinity)

  defp cast_loop(server, n) do
    GenServer.cast(server, {:add, n})
    cast_loop(server, n - 1)
  end
end
