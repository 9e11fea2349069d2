# SPDX-License-Identifier: Apache-2.0
#
# The operations on supervisors. A child is {id, instructions, options}: a server, whose first start
# does the first instruction, its second the second, and so on; {:supervisor, children, options} as
# the only one makes it a supervisor. Instructions that are none of a server: {:start_error, r},
# {:start_exit, r} and {:start_raise, text} come of the start function, {:extra, value, then} is
# what it gives beside the process.
#
# A child that starts for the second time is called by its id and 2, and so on.

defmodule SupervisorOperations do
  @behaviour :supervisor

  def operations do
    [
      :sup_start, :start_child, :terminate_child, :restart_child, :delete_child, :which_children,
      :count_children, :dyn_start, :dyn_start_child, :dyn_terminate, :dyn_which, :dyn_count
    ]
  end

  defp shown(value), do: {value, [value]}

  def perform(:sup_start, [children, options], binds, me) do
    name = List.first(binds) || "unnamed"

    case start_supervisor(me, name, children, options) do
      {:ok, pid} -> {{:ok, pid}, [pid]}
      other -> {other, []}
    end
  end

  def perform(:start_child, [sup, child], _, me) do
    case :supervisor.start_child(sup, spec(me, child)) do
      {:ok, pid} -> {{:ok, pid}, [pid]}
      {:ok, pid, extra} -> {{:ok, pid, extra}, [pid]}
      # OTP adds its record of the child.
      {:error, {reason, child}} when elem(child, 0) == :child -> {{:error, reason}, []}
      other -> {other, []}
    end
  end

  def perform(:terminate_child, [sup, id], _, _), do: shown(:supervisor.terminate_child(sup, id))
  def perform(:restart_child, [sup, id], _, _), do: shown(:supervisor.restart_child(sup, id))
  def perform(:delete_child, [sup, id], _, _), do: shown(:supervisor.delete_child(sup, id))

  def perform(:which_children, [sup], _, _),
    do: shown(for {id, pid, type, _} <- :supervisor.which_children(sup), do: {id, pid, type})

  def perform(:count_children, [sup], _, _), do: shown(counts(:supervisor.count_children(sup)))

  def perform(:dyn_start, [options], binds, me) do
    name = List.first(binds) || "unnamed"

    case DynamicSupervisor.start_link(options) do
      {:ok, pid} ->
        Stage.born(me.stage, name, pid)
        :ets.insert(me.stage.table, {{:server, name}})
        {{:ok, pid}, [pid]}

      other ->
        {other, []}
    end
  end

  def perform(:dyn_start_child, [sup, child], _, me) do
    case DynamicSupervisor.start_child(sup, spec(me, child)) do
      {:ok, pid} -> {{:ok, pid}, [pid]}
      {:ok, pid, extra} -> {{:ok, pid, extra}, [pid]}
      other -> {other, []}
    end
  end

  def perform(:dyn_terminate, [sup, pid], _, _),
    do: shown(DynamicSupervisor.terminate_child(sup, pid))

  # In no particular order: by what the scenario calls them.
  def perform(:dyn_which, [sup], _, me) do
    rows = for {id, pid, type, _} <- DynamicSupervisor.which_children(sup), do: {id, pid, type}
    shown(Enum.sort_by(rows, &Stage.name_of(me.stage, elem(&1, 1))))
  end

  def perform(:dyn_count, [sup], _, _) do
    %{specs: specs, active: active, supervisors: supervisors, workers: workers} =
      DynamicSupervisor.count_children(sup)

    shown({specs, active, supervisors, workers})
  end

  defp counts(all), do: {all[:specs], all[:active], all[:supervisors], all[:workers]}

  # ---- starting

  def start_supervisor(me, name, children, options) do
    specs = Enum.map(children, &spec(me, &1))

    case start_named(options[:name], {flags(options), specs}) do
      {:ok, pid} ->
        Stage.born(me.stage, name, pid)
        :ets.insert(me.stage.table, {{:server, name}})
        {:ok, pid}

      other ->
        other
    end
  end

  defp start_named(nil, argument), do: :supervisor.start_link(__MODULE__, argument)

  defp start_named(name, argument),
    do: :supervisor.start_link({:local, name}, __MODULE__, argument)

  def init({flags, specs}), do: {:ok, {flags, specs}}

  # Elixir's defaults.
  defp flags(options) do
    base = %{
      strategy: Keyword.get(options, :strategy, :one_for_one),
      intensity: Keyword.get(options, :max_restarts, 3),
      period: Keyword.get(options, :max_seconds, 5)
    }

    case options[:auto_shutdown] do
      nil -> base
      when_ -> Map.put(base, :auto_shutdown, when_)
    end
  end

  def spec(me, {id, instructions, options}) do
    kept = Keyword.take(options, [:restart, :shutdown, :significant, :type])
    start = {__MODULE__, :start_one, [me, id, instructions, options]}
    nested = match?([{:supervisor, _, _}], instructions)
    default = if nested, do: %{type: :supervisor}, else: %{}
    Enum.into(kept, Map.merge(%{id: id, start: start}, default))
  end

  def start_one(me, id, instructions, options) do
    counter = {:starts, id}
    nth = :ets.update_counter(me.stage.table, counter, 1, {counter, 0})
    name = if nth == 1, do: Atom.to_string(id), else: "#{id}#{nth}"
    instruction = Enum.at(instructions, nth - 1) || List.last(instructions)
    if options[:diary], do: Stage.log(me.stage, options[:diary], "starts " <> name)
    start_as(instruction, me, name, options)
  end

  defp start_as({:supervisor, children, of_it}, me, name, _),
    do: start_supervisor(me, name, children, of_it)

  defp start_as({:start_error, reason}, _, _, _), do: {:error, reason}
  defp start_as({:start_exit, reason}, _, _, _), do: exit(reason)
  defp start_as({:start_raise, text}, _, _, _), do: raise(text)

  defp start_as({:extra, value, instruction}, me, name, options) do
    case start_as(instruction, me, name, options) do
      {:ok, pid} -> {:ok, pid, value}
      other -> other
    end
  end

  defp start_as(instruction, me, name, options) do
    given = Keyword.take(options, [:name])
    GenServer.start_link(PlayedServer, {me, name, instruction, options}, given)
  end
end
