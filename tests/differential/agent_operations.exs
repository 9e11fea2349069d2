# SPDX-License-Identifier: Apache-2.0
#
# The operations on agents, whose state is a list. A function is {:look}, {:add, v} (which gives the
# new state), {:raise, text}, {:exit, reason} or {:throw, v}; before: {:note, v, then}, which the
# agent's log shows.

defmodule AgentOperations do
  def operations do
    [
      :agent_start, :agent_start_link, :agent_get, :agent_update, :agent_get_and_update,
      :agent_cast, :agent_stop, :agent_suspend, :agent_resume
    ]
  end

  defp shown(value), do: {value, [value]}

  def perform(:agent_start, [state], binds, me),
    do: perform(:agent_start, [state, []], binds, me)

  def perform(:agent_start, [state, options], binds, me),
    do: started(Agent.start(fn -> first(state) end, options), binds, me)

  def perform(:agent_start_link, [state], binds, me),
    do: perform(:agent_start_link, [state, []], binds, me)

  def perform(:agent_start_link, [state, options], binds, me),
    do: started(Agent.start_link(fn -> first(state) end, options), binds, me)

  def perform(:agent_get, [to, f], binds, me), do: perform(:agent_get, [to, f, 5000], binds, me)

  def perform(:agent_get, [to, f, ms], _, me),
    do: shown(Agent.get(to, &elem(run(f, &1, me), 0), ms))

  def perform(:agent_update, [to, f], binds, me),
    do: perform(:agent_update, [to, f, 5000], binds, me)

  def perform(:agent_update, [to, f, ms], _, me),
    do: shown(Agent.update(to, &elem(run(f, &1, me), 1), ms))

  def perform(:agent_get_and_update, [to, f], _, me),
    do: shown(Agent.get_and_update(to, &run(f, &1, me)))

  def perform(:agent_cast, [to, f], _, me), do: shown(Agent.cast(to, &elem(run(f, &1, me), 1)))
  def perform(:agent_stop, [to], _, _), do: shown(Agent.stop(to))
  def perform(:agent_stop, [to, reason], _, _), do: shown(Agent.stop(to, reason))
  def perform(:agent_suspend, [to], _, _), do: shown(:sys.suspend(to))
  def perform(:agent_resume, [to], _, _), do: shown(:sys.resume(to))

  defp started({:ok, pid} = result, binds, me) do
    Stage.born(me.stage, hd(binds), pid)
    :ets.insert(me.stage.table, {{:server, hd(binds)}})
    {result, [pid]}
  end

  defp started(other, _, _), do: {other, []}

  # What the function that makes the first state does.
  defp first({:raise, text}), do: raise(text)
  defp first({:exit, reason}), do: exit(reason)
  defp first(state), do: state

  # What it gives, and the new state.
  defp run({:look}, state, _), do: {state, state}
  defp run({:add, value}, state, _), do: {state ++ [value], state ++ [value]}
  defp run({:raise, text}, _, _), do: raise(text)
  defp run({:exit, reason}, _, _), do: exit(reason)
  defp run({:throw, value}, _, _), do: throw(value)

  defp run({:note, value, next}, state, me) do
    name = Stage.name_of(me.stage, self())
    Stage.log(me.stage, name, "notes " <> Show.term(value))
    run(next, state, me)
  end
end
