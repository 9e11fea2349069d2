# SPDX-License-Identifier: Apache-2.0
# The rows about processes themselves: birth and end, an idle million, a ring, a tree.

defmodule Peer.Cell do
  use GenServer

  def start_link(value), do: GenServer.start_link(__MODULE__, value)

  @impl true
  def init(value), do: {:ok, value}

  @impl true
  def handle_call(:value, _from, value), do: {:reply, value, value}
end

defmodule Peer.Processes do
  import Peer, only: [now: 0, since: 1, rate: 3, expect: 3, status: 1]

  @doc "Starts a monitored process and waits for its DOWN, one after the other."
  def spawns(n) do
    start = now()
    ended = spawn_loop(n, 0)
    rate(n, since(start), expect("normal ends", ended, n))
  end

  defp spawn_loop(0, ended), do: ended

  defp spawn_loop(n, ended) do
    {pid, ref} = spawn_monitor(fn -> :ok end)

    receive do
      {:DOWN, ^ref, :process, ^pid, :normal} -> spawn_loop(n - 1, ended + 1)
    end
  end

  @doc "Starts n linked GenServers that each own a number and wait."
  def idle(n) do
    :erlang.garbage_collect()
    before = status("VmRSS")
    start = now()
    servers = start_cells(n, [])
    took = since(start)
    bytes = (status("VmRSS") - before) * 1024 / n
    sum = Enum.reduce(servers, 0, fn server, sum -> sum + GenServer.call(server, :value) end)
    checked = expect("sum of states", sum, div(n * (n - 1), 2))
    took ++ [figure: bytes, unit: "bytes", checked: checked]
  end

  defp start_cells(0, servers), do: servers

  defp start_cells(n, servers) do
    {:ok, server} = Peer.Cell.start_link(n - 1)
    start_cells(n - 1, [server | servers])
  end

  @doc "Sends one token n hops around 1,000 linked processes."
  def ring(n) do
    size = 1000
    main = self()

    nodes =
      for index <- 0..(size - 1) do
        spawn_link(fn ->
          receive do
            {:next, next} -> ring_node(index, next, main, 0)
          end
        end)
      end

    nodes
    |> Enum.zip(tl(nodes) ++ [hd(nodes)])
    |> Enum.each(fn {node, next} -> send(node, {:next, next}) end)

    start = now()
    send(hd(nodes), {:hops, n})

    last =
      receive do
        {:done, index} -> index
      end

    took = since(start)
    expect("last node", last, rem(n, size))
    passed = nodes |> Enum.map(&passed/1) |> Enum.sum()
    rate(n, took, expect("hops", passed, n))
  end

  defp ring_node(index, next, main, passed) do
    receive do
      {:hops, 0} ->
        send(main, {:done, index})
        ring_node(index, next, main, passed)

      {:hops, n} ->
        send(next, {:hops, n - 1})
        ring_node(index, next, main, passed + 1)

      :passed ->
        send(main, {:passed, self(), passed})
        ring_node(index, next, main, passed)
    end
  end

  defp passed(node) do
    send(node, :passed)

    receive do
      {:passed, ^node, count} -> count
    end
  end

  @doc "Grows a tree of tens of linked processes down to n leaves that send their number up."
  def skynet(n) do
    start = now()
    main = self()
    spawn_link(fn -> branch(main, 0, n) end)

    sum =
      receive do
        {:sum, sum} -> sum
      end

    took = since(start)
    checked = expect("sum of leaves", sum, div(n * (n - 1), 2))
    took ++ [figure: took[:seconds], unit: "seconds", checked: checked]
  end

  defp branch(parent, first, 1), do: send(parent, {:sum, first})

  defp branch(parent, first, size) do
    me = self()
    part = div(size, 10)
    for c <- 0..9, do: spawn_link(fn -> branch(me, first + c * part, part) end)
    send(parent, {:sum, gather(10, 0)})
  end

  defp gather(0, sum), do: sum

  defp gather(n, sum) do
    receive do
      {:sum, more} -> gather(n - 1, sum + more)
    end
  end
end
