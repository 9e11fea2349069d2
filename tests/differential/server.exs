# SPDX-License-Identifier: Apache-2.0
#
# A server of a play: every message that it gets says what its callback does and returns.

defmodule PlayedServer do
  use GenServer
  # The diary is a log that several servers write, where the order of what they do is known.
  defstruct [:me, :at_end, :diary, kept: %{}]

  @impl true
  def init({me, name, instruction, options}) do
    me = %{me | name: name}
    Stage.born(me.stage, name, self())
    :ets.insert(me.stage.table, {{:server, name}})
    if options[:trap_exit], do: Process.flag(:trap_exit, true)
    log(me, "init")
    state = %PlayedServer{me: me, at_end: options[:terminate], diary: options[:diary]}
    act(instruction, state, nil)
  end

  @impl true
  def handle_call(instruction, from, state) do
    log(state.me, "handle_call " <> Show.term(head(instruction)))
    act(instruction, state, from)
  end

  @impl true
  def handle_cast(instruction, state) do
    log(state.me, "handle_cast " <> Show.term(head(instruction)))
    act(instruction, state, nil)
  end

  @impl true
  def handle_info({:do, instruction}, state) do
    log(state.me, "handle_info " <> Show.term(head(instruction)))
    act(instruction, state, nil)
  end

  def handle_info(message, state) do
    log(state.me, "handle_info " <> Show.term(message))
    {:noreply, state}
  end

  @impl true
  def handle_continue(instruction, state) do
    log(state.me, "handle_continue " <> Show.term(head(instruction)))
    act(instruction, state, nil)
  end

  @impl true
  def terminate(reason, state) do
    log(state.me, "terminate " <> Show.term(reason))
    if state.diary, do: Stage.log(state.me.stage, state.diary, "stops " <> state.me.name)
    if state.at_end, do: act(state.at_end, state, nil)
  end

  @impl true
  def code_change(_, state, {:set, instruction}), do: {:ok, %{state | at_end: instruction}}
  def code_change(_, _, {:refuse, reason}), do: {:error, reason}

  defp log(me, text), do: Stage.log(me.stage, me.name, text)

  # What an instruction is known by in the log.
  defp head(instruction) when is_tuple(instruction), do: elem(instruction, 0)
  defp head(instruction), do: instruction

  # What the callback does before it returns.
  defp act({:sleep, milliseconds, next}, state, from) do
    Process.sleep(milliseconds)
    act(next, state, from)
  end

  defp act({:run, steps, next}, state, from) do
    Player.perform_all(state.me, steps)
    act(next, state, from)
  end

  defp act({:answer, key, value, next}, state, from) do
    GenServer.reply(kept(state, key), value)
    act(next, %{state | kept: Map.delete(state.kept, key)}, from)
  end

  defp act({:hand, key, to, next}, state, from) do
    send(to, {:"$from", kept(state, key)})
    act(next, %{state | kept: Map.delete(state.kept, key)}, from)
  end

  defp act({:keep, key}, state, from), do: {:noreply, keep(state, key, from)}
  defp act({:keep, key, more}, state, from), do: {:noreply, keep(state, key, from), more}

  # How it ends or returns.
  defp act({:raise, text}, _, _), do: raise(text)
  defp act({:exit, reason}, _, _), do: exit(reason)
  defp act({:throw, value}, _, _), do: throw(value)
  defp act({:return, value}, _, _), do: value
  defp act(:ignore, _, _), do: :ignore
  defp act({:ok}, state, _), do: {:ok, state}
  defp act({:ok, more}, state, _), do: {:ok, state, more}
  defp act({:reply, value}, state, _), do: {:reply, value, state}
  defp act({:reply, value, more}, state, _), do: {:reply, value, state, more}
  defp act({:noreply}, state, _), do: {:noreply, state}
  defp act({:noreply, more}, state, _), do: {:noreply, state, more}
  defp act({:refuse, reason}, _, _), do: {:stop, reason}
  defp act({:stop, reason}, state, _), do: {:stop, reason, state}
  defp act({:stop, reason, reply}, state, _), do: {:stop, reason, reply, state}

  defp kept(state, key) do
    case state.kept do
      %{^key => from} -> from
      _ -> raise "nothing is kept"
    end
  end

  defp keep(state, key, from), do: %{state | kept: Map.put(state.kept, key, from)}
end
