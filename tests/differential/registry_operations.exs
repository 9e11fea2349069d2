# SPDX-License-Identifier: Apache-2.0
#
# The operations on registries and partition supervisors. Keys and values are terms.

defmodule RegistryOperations do
  def operations do
    [
      :reg_start, :reg_stop, :reg_register, :reg_unregister, :reg_lookup, :reg_keys, :reg_values,
      :reg_count, :reg_update, :reg_dispatch, :reg_match, :reg_count_match, :reg_unregister_match,
      :reg_select, :reg_links, :reg_put_meta, :reg_meta, :via_start, :via_call, :via_cast,
      :via_send, :via_stop, :via_whereis, :ps_start, :ps_routes, :ps_ask,
      :ps_whereis, :ps_partitions, :ps_counts, :ps_ids, :ps_end
    ]
  end

  defp shown(value), do: {value, [value]}
  defp via(name, key), do: {:via, Registry, {name, key}}
  defp via(name, key, value), do: {:via, Registry, {name, key, value}}

  def perform(:reg_start, [name, keys], binds, me),
    do: perform(:reg_start, [name, keys, []], binds, me)

  def perform(:reg_start, [name, keys, options], _, _) do
    case Registry.start_link([keys: keys, name: name] ++ options) do
      {:ok, pid} -> {:ok, [pid]}
      other -> {other, []}
    end
  end

  def perform(:reg_stop, [name], _, _), do: shown(Supervisor.stop(name, :shutdown))

  def perform(:reg_register, [name, key, value], _, _) do
    # Which of its processes a registry answers with is its own business.
    case Registry.register(name, key, value) do
      {:ok, owner} -> {:registered, [owner]}
      other -> {other, []}
    end
  end

  def perform(:reg_unregister, [name, key], _, _), do: shown(Registry.unregister(name, key))
  def perform(:reg_lookup, [name, key], _, _), do: shown(Registry.lookup(name, key))
  # Sorted, since OTP promises no order.
  def perform(:reg_keys, [name, pid], _, _), do: shown(Enum.sort(Registry.keys(name, pid)))
  def perform(:reg_values, [name, key, pid], _, _), do: shown(Registry.values(name, key, pid))
  def perform(:reg_count, [name], _, _), do: shown(Registry.count(name))

  # The value becomes {value, what}.
  def perform(:reg_update, [name, key, what], _, _),
    do: shown(Registry.update_value(name, key, &{&1, what}))

  # How often the function was called, by whom, and with what.
  def perform(:reg_dispatch, [name, key], binds, me),
    do: perform(:reg_dispatch, [name, key, false], binds, me)

  def perform(:reg_dispatch, [name, key, parallel], _, _) do
    me = self()

    Registry.dispatch(
      name,
      key,
      fn entries -> send(me, {:"$told", self() == me, entries}) end,
      parallel: parallel
    )

    told = collect([])
    shown({Enum.map(told, &elem(&1, 1)), Enum.flat_map(told, &elem(&1, 2))})
  end

  def perform(:reg_match, [name, key, pattern], _, _),
    do: shown(Registry.match(name, key, pattern))

  def perform(:reg_count_match, [name, key, pattern], _, _),
    do: shown(Registry.count_match(name, key, pattern))

  def perform(:reg_unregister_match, [name, key, pattern], _, _),
    do: shown(Registry.unregister_match(name, key, pattern))

  # By key and value, since OTP has no order.
  def perform(:reg_select, [name], _, _) do
    rows = Registry.select(name, [{{:"$1", :"$2", :"$3"}, [], [{{:"$1", :"$2", :"$3"}}]}])
    shown(Enum.sort_by(rows, fn {key, _, value} -> {key, value} end))
  end

  # How many links it has.
  def perform(:reg_links, [], _, _),
    do: shown(Process.info(self(), :links) |> elem(1) |> Enum.count(&is_pid/1))

  def perform(:reg_put_meta, [name, key, value], _, _),
    do: shown(Registry.put_meta(name, key, value))

  def perform(:reg_meta, [name, key], _, _), do: shown(Registry.meta(name, key))

  def perform(:via_start, [name, key, instruction], binds, me) do
    started(GenServer.start(PlayedServer, seed(instruction, binds, me), name: via(name, key)))
  end

  def perform(:via_start, [name, key, instruction, value], binds, me) do
    name = via(name, key, value)
    started(GenServer.start(PlayedServer, seed(instruction, binds, me), name: name))
  end

  def perform(:via_call, [name, key, instruction], _, _),
    do: shown(GenServer.call(via(name, key), instruction))

  def perform(:via_cast, [name, key, instruction], _, _),
    do: shown(GenServer.cast(via(name, key), instruction))

  # Kernel.send takes no via; what a registry does instead exits or raises for the same reasons.
  def perform(:via_send, [name, key, message], _, _) do
    case Registry.whereis_name({name, key}) do
      :undefined -> raise ArgumentError
      pid -> send(pid, message)
    end

    shown(:ok)
  end

  def perform(:via_stop, [name, key], _, _), do: shown(GenServer.stop(via(name, key)))
  def perform(:via_whereis, [name, key], _, _), do: shown(GenServer.whereis(via(name, key)))

  # A child is a server that counts; its first state is 10 times its partition, or 0.
  def perform(:ps_start, [name, partitions], _, _) do
    case PartitionSupervisor.start_link(
           name: name,
           partitions: partitions,
           child_spec: %{id: :any, start: {Agent, :start_link, []}},
           with_arguments: fn [], partition -> [fn -> 10 * partition end] end
         ) do
      {:ok, pid} -> {:ok, [pid]}
      other -> {other, []}
    end
  end

  # The partitions to which the keys lead, as the states that they began with.
  def perform(:ps_routes, [name, keys], _, _) do
    shown(for key <- keys, do: Agent.get(ps(name, key), & &1))
  end

  def perform(:ps_ask, [name, key], _, _), do: shown(Agent.get(ps(name, key), & &1))
  def perform(:ps_whereis, [name, key], _, _), do: shown(GenServer.whereis(ps(name, key)))
  def perform(:ps_partitions, [name], _, _), do: shown(PartitionSupervisor.partitions(name))
  def perform(:ps_counts, [name], _, _), do: shown(PartitionSupervisor.count_children(name))

  def perform(:ps_ids, [name], _, _) do
    shown(for {id, _, type, _} <- PartitionSupervisor.which_children(name), do: {id, type})
  end

  # Ends the process of a partition; the next step finds another.
  def perform(:ps_end, [name, key, reason], _, _) do
    pid = GenServer.whereis(ps(name, key))
    ref = Process.monitor(pid)
    Process.exit(pid, reason)
    receive do: ({:DOWN, ^ref, _, _, _} -> :ok)
    PartitionSupervisor.which_children(name)
    shown(GenServer.whereis(ps(name, key)) != pid)
  end

  defp ps(name, key), do: {:via, PartitionSupervisor, {name, key}}

  defp collect(told) do
    receive do
      {:"$told", _, _} = one -> collect([one | told])
    after
      0 -> Enum.reverse(told)
    end
  end

  defp seed(instruction, binds, me), do: {me, List.first(binds) || "unnamed", instruction, []}
  defp started({:ok, pid} = result), do: {result, [pid]}
  defp started(other), do: {other, []}
end
