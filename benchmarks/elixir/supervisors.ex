# SPDX-License-Identifier: Apache-2.0
# The rows about supervisors, tasks beside a process, and agents.

defmodule Peer.Reborn do
  @moduledoc "Says each time that it has been started."
  use GenServer

  def start_link(owner), do: GenServer.start_link(__MODULE__, owner)

  @impl true
  def init(owner) do
    send(owner, {:begun, self()})
    {:ok, owner}
  end
end

defmodule Peer.Starter do
  @moduledoc "Starts a linked server when it is asked to, and keeps nothing."
  use GenServer

  def start_link, do: GenServer.start_link(__MODULE__, nil)

  @impl true
  def init(_), do: {:ok, nil}

  @impl true
  def handle_call(number, _from, state), do: {:reply, Peer.Cell.start_link(number), state}
end

defmodule Peer.Supervisors do
  import Peer, only: [now: 0, since: 1, rate: 3, expect: 3, status: 1]

  @doc "Kills a supervised child and waits until it has been started again, n times."
  def restarts(n) do
    options = [strategy: :one_for_one, max_restarts: 1_000_000_000, max_seconds: 1]
    {:ok, _} = Supervisor.start_link([{Peer.Reborn, self()}], options)
    first = begun()
    start = now()
    others = kill_loop(n, first, 0)
    rate(n, since(start), expect("restarts", others, n))
  end

  defp kill_loop(0, _last, others), do: others

  defp kill_loop(n, last, others) do
    Process.exit(last, :kill)
    next = begun()
    kill_loop(n - 1, next, if(next != last, do: others + 1, else: others))
  end

  defp begun do
    receive do
      {:begun, pid} -> pid
    end
  end

  @doc "Starts n children one after the other."
  def dynamic_starts(n) do
    {:ok, supervisor} = DynamicSupervisor.start_link(strategy: :one_for_one)
    start = now()
    cells = start_cells(0, n, &DynamicSupervisor.start_child(supervisor, {Peer.Cell, &1}), [])
    took = since(start)
    expect("children", DynamicSupervisor.count_children(supervisor).active, n)
    rate(n, took, expect("sum of states", sum_of(cells), div(n * (n - 1), 2)))
  end

  def supervised_dynamic(n) do
    {:ok, supervisor} = DynamicSupervisor.start_link(strategy: :one_for_one)
    compare_with_plain(n, &DynamicSupervisor.start_child(supervisor, {Peer.Cell, &1}))
  end

  def supervised_by_id(n) do
    {:ok, supervisor} = Supervisor.start_link([], strategy: :one_for_one)

    compare_with_plain(n, fn i ->
      Supervisor.start_child(supervisor, Supervisor.child_spec({Peer.Cell, i}, id: i))
    end)
  end

  @turns 10

  # Starts n servers as they are, n supervised ones, and n by the starter, in turns of a tenth.
  defp compare_with_plain(n, start_supervised) do
    each = div(n, @turns)
    {:ok, starter} = Peer.Starter.start_link()
    ask = &GenServer.call(starter, &1)
    nothing = {0, 0}
    start = now()

    {cells, plain, supervised, asked} =
      Enum.reduce(0..(@turns - 1), {[], nothing, nothing, nothing}, fn turn, sums ->
        {cells, plain, supervised, asked} = sums
        first = turn * each
        {cells, plain} = measure(first, each, &Peer.Cell.start_link/1, cells, plain)
        {cells, supervised} = measure(first, each, start_supervised, cells, supervised)
        {cells, asked} = measure(first, each, ask, cells, asked)
        {cells, plain, supervised, asked}
      end)

    took = since(start)
    n = @turns * each
    checked = expect("sum of states", sum_of(cells), div(3 * n * (n - 1), 2))
    {plain_s, plain_kib} = plain
    {asked_s, _} = asked
    {supervised_s, supervised_kib} = supervised

    details = [
      plain: plain_kib * 1024 / n,
      memory: supervised_kib / plain_kib,
      time: supervised_s / plain_s,
      asked_time: asked_s / plain_s,
      start: supervised_s / n
    ]

    took ++
      [figure: supervised_kib * 1024 / n, unit: "bytes", checked: checked, details: details]
  end

  defp measure(first, count, start_one, cells, {seconds, kib}) do
    before = status("VmRSS")
    start = now()
    cells = start_cells(first, first + count, start_one, cells)
    took = since(start)
    {cells, {seconds + took[:cpu_seconds], kib + status("VmRSS") - before}}
  end

  defp start_cells(stop, stop, _start_one, cells), do: cells

  defp start_cells(i, stop, start_one, cells) do
    {:ok, cell} = start_one.(i)
    start_cells(i + 1, stop, start_one, [cell | cells])
  end

  defp sum_of(cells),
    do: Enum.reduce(cells, 0, fn cell, sum -> sum + GenServer.call(cell, :value) end)
end

defmodule Peer.Asyncs do
  import Peer, only: [now: 0, since: 1, rate: 3, expect: 3]

  @doc "Starts a task and awaits it, one after the other."
  def one_by_one(n) do
    start = now()
    sum = async_loop(0, n, 0)
    rate(n, since(start), expect("sum of results", sum, div(n * (n - 1), 2)))
  end

  defp async_loop(n, n, sum), do: sum

  defp async_loop(i, n, sum),
    do: async_loop(i + 1, n, sum + Task.await(Task.async(fn -> i end)))

  @doc "Starts n tasks, then awaits them in the order of their starts."
  def all_at_once(n) do
    start = now()
    tasks = for i <- 0..(n - 1), do: Task.async(fn -> i end)
    sum = Enum.reduce(tasks, 0, fn task, sum -> sum + Task.await(task) end)
    rate(n, since(start), expect("sum of results", sum, div(n * (n - 1), 2)))
  end

  def stream(n) do
    start = now()

    sum =
      0..(n - 1)
      |> Task.async_stream(fn i -> i end, max_concurrency: 2)
      |> Enum.reduce(0, fn {:ok, value}, sum -> sum + value end)

    rate(n, since(start), expect("sum of results", sum, div(n * (n - 1), 2)))
  end
end

defmodule Peer.Agents do
  import Peer, only: [now: 0, since: 1, rate: 3, expect: 3]

  def gets(n) do
    {:ok, agent} = Agent.start_link(fn -> 7 end)
    start = now()
    sum = get_loop(agent, n, 0)
    rate(n, since(start), expect("sum of states", sum, 7 * n))
  end

  defp get_loop(_agent, 0, sum), do: sum
  defp get_loop(agent, n, sum), do: get_loop(agent, n - 1, sum + Agent.get(agent, & &1))

  def updates(n) do
    {:ok, agent} = Agent.start_link(fn -> 0 end)
    start = now()
    update_loop(agent, n)
    took = since(start)
    rate(n, took, expect("state", Agent.get(agent, & &1), n))
  end

  defp update_loop(_agent, 0), do: :ok

  defp update_loop(agent, n) do
    :ok = Agent.update(agent, &(&1 + 1))
    update_loop(agent, n - 1)
  end
end
