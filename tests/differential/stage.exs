# SPDX-License-Identifier: Apache-2.0
#
# What the processes of one play share: its log, and what its names mean. A table, not a process: to
# log something sends no message.

defmodule Stage do
  defstruct [:table, :phase, :conductor]

  def new(conductor) do
    table = :ets.new(:stage, [:public, :ordered_set, {:write_concurrency, true}])
    %Stage{table: table, phase: :counters.new(1, []), conductor: conductor}
  end

  def log(stage, who, text) do
    at = {:log, System.unique_integer([:monotonic, :positive])}
    :ets.insert(stage.table, {at, :counters.get(stage.phase, 1), who, text})
  end

  def events(stage), do: :ets.match(stage.table, {{:log, :_}, :"$1", :"$2", :"$3"})
  def log_length(stage), do: length(:ets.match(stage.table, {{:log, :"$1"}, :_, :_, :_}))
  def next_phase(stage), do: :counters.add(stage.phase, 1, 1)

  def bind(stage, name, value), do: :ets.insert(stage.table, {{:name, name}, value})

  # What a value is called; the first of several names.
  def name_of(stage, value) do
    :ets.match(stage.table, {{:name, :"$1"}, value}) |> Enum.map(&hd/1) |> Enum.min(fn -> "" end)
  end

  # A process that the play is about. When this returns, its end will be logged.
  def born(stage, name, pid) do
    log(stage, name, "is " <> inspect(pid))
    caller = self()
    watching = make_ref()
    spawn(fn -> watch(stage, name, pid, caller, watching) end)
    receive do: (^watching -> :ok)
    :ets.insert(stage.table, {{:born, pid}, name})
    bind(stage, name, pid)
  end

  defp watch(stage, name, pid, caller, watching) do
    ref = Process.monitor(pid)
    send(caller, watching)

    receive do
      {:DOWN, ^ref, :process, _, reason} -> log(stage, name, "ends " <> Show.term(reason))
    end

    send(stage.conductor, {:ended, name})
  end

  def all_born(stage), do: :ets.match(stage.table, {{:born, :"$1"}, :"$2"})

  # A term with what its names mean; what is bound to nothing yet stays.
  def fill(stage, {:"$var", name} = variable) do
    case :ets.lookup(stage.table, {:name, name}) do
      [{_, value}] -> value
      [] -> variable
    end
  end

  def fill(stage, tuple) when is_tuple(tuple),
    do: tuple |> Tuple.to_list() |> Enum.map(&fill(stage, &1)) |> List.to_tuple()

  def fill(stage, list) when is_list(list), do: Enum.map(list, &fill(stage, &1))
  def fill(_, term), do: term
end

defmodule Show do
  # What is only spelled otherwise in Beamish: an exception is shown by its message, without its
  # stack; the arguments of a failed call without the message, which a C++ caller no longer has.
  def term(term), do: term |> common() |> inspect()

  def common({%ArgumentError{}, stack}) when is_list(stack), do: {:raised, :ArgumentError}

  def common({%{__exception__: true} = error, stack}) when is_list(stack),
    do: {:raised, Exception.message(error)}

  def common({{:nocatch, value}, stack}) when is_list(stack), do: {:uncaught, common(value)}

  def common({GenServer, :call, [server, _, timeout]}),
    do: {:gen_server, :call, [common(server), :message, timeout]}

  def common({module, :call, [server, _, timeout]}) when module in [:gen_server, :gen],
    do: {:gen_server, :call, [common(server), :message, timeout]}

  def common({PartitionSupervisor, :partitions, arguments}),
    do: {:partition_supervisor, :partitions, common(arguments)}

  def common({GenServer, :stop, arguments}), do: {:gen_server, :stop, common(arguments)}

  # A task is shown otherwise, and a stream by the process that watches over it.
  def common({Task, function, [_, timeout]}), do: {:task, function, [:task, timeout]}
  def common({Task.Supervised, :stream, [timeout]}), do: {:task, :stream, [timeout]}

  def common(tuple) when is_tuple(tuple),
    do: tuple |> Tuple.to_list() |> Enum.map(&common/1) |> List.to_tuple()

  def common([first | rest]), do: [common(first) | common(rest)]
  def common(term), do: term

  def matches?(:_, _), do: true

  def matches?(pattern, value) when is_tuple(pattern) and is_tuple(value),
    do: matches?(Tuple.to_list(pattern), Tuple.to_list(value))

  def matches?([p | ps], [v | vs]), do: matches?(p, v) and matches?(ps, vs)
  def matches?(pattern, value), do: pattern === value
end
