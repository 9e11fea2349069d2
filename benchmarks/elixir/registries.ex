# SPDX-License-Identifier: Apache-2.0
# Finding one process by its key in a registry, and telling many by another.

defmodule Peer.Member do
  @moduledoc "Registers itself, and counts the ticks that it is sent."
  use GenServer

  def start_link(registry, key), do: GenServer.start_link(__MODULE__, {registry, key})

  @impl true
  def init({registry, key}) do
    {:ok, _} = Registry.register(registry, key, nil)
    {:ok, 0}
  end

  @impl true
  def handle_call(:ticks, _from, count), do: {:reply, count, count}

  @impl true
  def handle_info(:tick, count), do: {:noreply, count + 1}
end

defmodule Peer.Registries do
  alias Peer.Member
  import Peer, only: [now: 0, since: 1, rate: 3, expect: 3]

  @keys 1_000
  @subscribers 8
  @rounds_at_once 1_000

  @doc "Looks up each of 1,000 keys in turn; each has a holder."
  def lookups(n) do
    {:ok, _} = Registry.start_link(keys: :unique, name: Peer.Keys)

    held =
      for i <- 0..(@keys - 1) do
        key = "key #{i}"
        {:ok, pid} = Member.start_link(Peer.Keys, key)
        {key, pid}
      end

    start = now()
    found = look(held, held, n, 0)
    rate(n, since(start), expect("processes found", found, n))
  end

  defp look(_rest, _all, 0, found), do: found
  defp look([], all, n, found), do: look(all, all, n, found)

  defp look([{key, pid} | rest], all, n, found) do
    [{^pid, nil}] = Registry.lookup(Peer.Keys, key)
    look(rest, all, n - 1, found + 1)
  end

  @doc "Sends a message to the eight subscribers of a key; after 1,000 times each is called."
  def dispatches(n) do
    {:ok, _} = Registry.start_link(keys: :duplicate, name: Peer.Topics)

    members =
      for _ <- 1..@subscribers do
        {:ok, pid} = Member.start_link(Peer.Topics, "topic")
        pid
      end

    start = now()
    ticks = dispatch(members, n)
    rate(n, since(start), expect("messages", ticks, @subscribers * n))
  end

  defp dispatch(members, n) do
    for _ <- 1..min(n, @rounds_at_once)//1 do
      Registry.dispatch(Peer.Topics, "topic", fn entries ->
        for {pid, _} <- entries, do: send(pid, :tick)
      end)
    end

    ticks = Enum.reduce(members, 0, fn pid, sum -> sum + GenServer.call(pid, :ticks) end)
    if n > @rounds_at_once, do: dispatch(members, n - @rounds_at_once), else: ticks
  end
end
