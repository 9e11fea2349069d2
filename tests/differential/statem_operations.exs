# SPDX-License-Identifier: Apache-2.0
#
# Operations on state machines. A machine does what each event says, in the state that it is in.

defmodule PlayedMachine do
  @behaviour :gen_statem

  @impl true
  def callback_mode, do: [:handle_event_function, :state_enter]

  @impl true
  def init({me, name, first}) do
    me = %{me | name: name}
    Stage.born(me.stage, name, self())
    :ets.insert(me.stage.table, {{:server, name}})
    Stage.log(me.stage, name, "init")
    {:ok, first, %{me: me, kept: %{}}}
  end

  @impl true
  def handle_event(:enter, old, state, data) do
    log(data, "enter #{old} #{state}")
    :keep_state_and_data
  end

  def handle_event(type, instruction, state, data) do
    from = with {:call, from} <- type, do: from
    log(data, "#{kind(type)} #{Show.term(head(instruction))} in #{state}")
    decide(instruction, state, data, from)
  end

  @impl true
  def terminate(reason, state, data), do: log(data, "terminate #{Show.term(reason)} #{state}")

  defp log(data, text), do: Stage.log(data.me.stage, data.me.name, text)

  defp kind({:call, _}), do: "call"
  defp kind(:timeout), do: "event_timeout"
  defp kind({:timeout, name}), do: "timeout " <> Show.term(name)
  defp kind(type), do: Atom.to_string(type)

  defp head(instruction) when is_tuple(instruction), do: elem(instruction, 0)
  defp head(instruction), do: instruction

  defp decide({:in, state, then, _}, state, data, from), do: decide(then, state, data, from)
  defp decide({:in, _, _, other}, state, data, from), do: decide(other, state, data, from)
  defp decide({:exit, reason}, _, _, _), do: exit(reason)

  defp decide({:hold, key}, _, data, from),
    do: {:keep_state, %{data | kept: Map.put(data.kept, key, from)}}

  defp decide({:keep, actions}, _, data, from), do: {:keep_state, data, actions(actions, data, from)}

  defp decide({:repeat, actions}, _, data, from),
    do: {:repeat_state, data, actions(actions, data, from)}

  defp decide({:next, state, actions}, _, data, from),
    do: {:next_state, state, data, actions(actions, data, from)}

  defp decide({:stop, reason}, _, data, _), do: {:stop, reason, data}

  defp decide({:stop_and_reply, reason, replies}, _, data, _) do
    {:stop_and_reply, reason, for({key, value} <- replies, do: {:reply, data.kept[key], value})}
  end

  defp actions(actions, data, from), do: Enum.map(actions, &action(&1, data, from))

  defp action(:postpone, _, _), do: :postpone
  defp action({:reply, value}, _, from), do: {:reply, from, value}
  defp action({:answer, key, value}, data, _), do: {:reply, data.kept[key], value}
  defp action({:insert, event}, _, _), do: {:next_event, :internal, event}
  defp action({:state_timeout, ms, event}, _, _), do: {:state_timeout, ms, event}
  defp action({:event_timeout, ms, event}, _, _), do: {:timeout, ms, event}
  defp action({:timeout, name, ms, event}, _, _), do: {{:timeout, name}, ms, event}
  defp action({:cancel, :state}, _, _), do: {:state_timeout, :cancel}
  defp action({:cancel, name}, _, _), do: {{:timeout, name}, :cancel}
  defp action({:update, :state, event}, _, _), do: {:state_timeout, :update, event}
  defp action({:update, name, event}, _, _), do: {{:timeout, name}, :update, event}
end

defmodule StatemOperations do
  def operations, do: [:start_machine, :ask_machine, :tell_machine]

  def perform(:start_machine, [first], binds, me) do
    {:ok, pid} =
      result = :gen_statem.start(PlayedMachine, {me, List.first(binds) || "unnamed", first}, [])

    {result, [pid]}
  end

  def perform(:ask_machine, [to, instruction], _, _) do
    reply = :gen_statem.call(to, instruction)
    {reply, [reply]}
  end

  def perform(:tell_machine, [to, instruction], _, _) do
    result = :gen_statem.cast(to, instruction)
    {result, [result]}
  end
end
