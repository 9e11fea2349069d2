# SPDX-License-Identifier: Apache-2.0
# The Elixir programs of the comparison: `Peer.main(["ROW", "N"])` measures one row and prints one
# JSON line. The number of schedulers is the virtual machine's own option (+S).

defmodule Peer do
  @rows %{
    "call" => {Peer.Server, :calls, [1]},
    "call8" => {Peer.Server, :calls, [8]},
    "cast" => {Peer.Server, :casts, [1]},
    "cast8" => {Peer.Server, :casts, [8]},
    "spawn" => {Peer.Processes, :spawns, []},
    "idle" => {Peer.Processes, :idle, []},
    "ring" => {Peer.Processes, :ring, []},
    "skynet" => {Peer.Processes, :skynet, []},
    "timers" => {Peer.Timers, :timers, []},
    "tasks" => {Peer.Tasks, :by_handler, []},
    "tasks_stream" => {Peer.Tasks, :by_stream, []},
    "backlog" => {Peer.Backlog, :calls, []},
    "loops" => {Peer.Loops, :endless, []},
    "loops_await" => {Peer.Loops, :awaiting, []},
    "restarts" => {Peer.Supervisors, :restarts, []},
    "children" => {Peer.Supervisors, :dynamic_starts, []},
    "supervised" => {Peer.Supervisors, :supervised_dynamic, []},
    "supervised_by_id" => {Peer.Supervisors, :supervised_by_id, []},
    "async" => {Peer.Asyncs, :one_by_one, []},
    "async_many" => {Peer.Asyncs, :all_at_once, []},
    "stream" => {Peer.Asyncs, :stream, []},
    "agent_get" => {Peer.Agents, :gets, []},
    "agent_update" => {Peer.Agents, :updates, []},
    "registry_lookup" => {Peer.Registries, :lookups, []},
    "registry_dispatch" => {Peer.Registries, :dispatches, []}
  }

  # A row runs in a process of its own, so that it starts with a fresh heap.
  def main([row, n]) do
    {module, function, args} = Map.fetch!(@rows, row)
    n = String.to_integer(n)
    {pid, ref} = spawn_monitor(fn -> exit({:result, apply(module, function, args ++ [n])}) end)

    receive do
      {:DOWN, ^ref, :process, ^pid, {:result, result}} ->
        print([row: row, n: n] ++ result ++ [rss_peak_kib: status("VmHWM")])

      {:DOWN, ^ref, :process, ^pid, reason} ->
        IO.puts(:stderr, "#{row} ended: #{inspect(reason)}")
        System.halt(1)
    end
  end

  @doc "Reads both clocks: the time, and the processor time that all threads of the VM have used."
  def now do
    {processor_ms, _} = :erlang.statistics(:runtime)
    {System.monotonic_time(:nanosecond) / 1.0e9, processor_ms / 1.0e3}
  end

  @doc "The time that passed since then, and the processor time that was used meanwhile."
  def since({start, used}) do
    {stop, used_now} = now()
    [seconds: stop - start, cpu_seconds: used_now - used]
  end

  @doc "The result of a row that counts operations per second."
  def rate(n, took, checked),
    do: took ++ [figure: n / took[:seconds], unit: "per_second", checked: checked]

  @doc "Ends the program when a result is wrong: a wrong run has no figure."
  def expect(what, got, got), do: "#{what} #{got}"

  def expect(what, got, want) do
    IO.puts(:stderr, "wrong #{what}: got #{inspect(got)}, want #{inspect(want)}")
    System.halt(1)
  end

  @doc "Reads one field of /proc/self/status in KiB."
  def status(field) do
    [_, kib] = Regex.run(~r/^#{field}:\s+(\d+)/m, File.read!("/proc/self/status"))
    String.to_integer(kib)
  end

  defp print(fields), do: IO.puts(json(fields))

  defp json(fields) when is_list(fields),
    do: "{" <> Enum.map_join(fields, ",", fn {k, v} -> ~s("#{k}":#{json(v)}) end) <> "}"

  defp json(text) when is_binary(text), do: ~s("#{text}")
  defp json(number), do: "#{number}"
end
