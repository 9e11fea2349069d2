# SPDX-License-Identifier: Apache-2.0
#
# The operations on processes. Each gives what is logged, and what its names are bound to.

defmodule ProcessOperations do
  def operations do
    [
      :spawn, :spawn_link, :spawn_monitor, :link, :link_if_alive, :unlink, :monitor, :demonitor,
      :exit, :exit_to, :raise, :throw, :trap_exit, :send, :receive, :nothing, :rest, :gather,
      :register, :unregister, :whereis, :send_after, :cancel_timer, :read_timer, :alias,
      :unalias, :put, :get, :erase, :info, :alive, :sleep, :self, :note
    ]
  end

  defp shown(value), do: {value, [value]}

  defp child(me, [name | _]), do: %{me | name: name}

  def perform(:spawn, [], binds, me) do
    pid = spawn(Player, :start, [child(me, binds)])
    Stage.born(me.stage, hd(binds), pid)
    shown(pid)
  end

  def perform(:spawn_link, [], binds, me) do
    pid = spawn_link(Player, :start, [child(me, binds)])
    Stage.born(me.stage, hd(binds), pid)
    shown(pid)
  end

  def perform(:spawn_monitor, [], binds, me) do
    {pid, ref} = spawn_monitor(Player, :start, [child(me, binds)])
    Stage.born(me.stage, hd(binds), pid)
    {{pid, ref}, [pid, ref]}
  end

  # The place in Erlang where a link to a dead process fails says nothing.
  def perform(:link, [to], _, _) do
    shown(Process.link(to))
  rescue
    error in [ErlangError] -> exit({error.original, [{:erlang, :link}]})
  end

  def perform(:link_if_alive, [to], _, _),
    do: shown(if(Process.alive?(to), do: Process.link(to), else: :dead))

  def perform(:unlink, [to], _, _), do: shown(Process.unlink(to))
  def perform(:monitor, [to], _, _), do: shown(Process.monitor(to))

  def perform(:monitor, [to, kind], _, _),
    do: shown(:erlang.monitor(:process, to, [{:alias, kind}]))

  # True if the monitor was still there.
  def perform(:demonitor, [ref], _, _), do: shown(Process.demonitor(ref, [:info]))
  def perform(:demonitor, [ref, :flush], _, _), do: shown(Process.demonitor(ref, [:flush, :info]))
  def perform(:exit, [reason], _, _), do: exit(reason)
  def perform(:exit_to, [to, reason], _, _), do: shown(Process.exit(to, reason))
  def perform(:raise, [text], _, _), do: raise(text)
  def perform(:throw, [value], _, _), do: throw(value)
  def perform(:trap_exit, [on], _, _), do: shown(Process.flag(:trap_exit, on))

  def perform(:send, [to, message], _, _) do
    send(to, message)
    shown(:ok)
  end

  def perform(:receive, [], binds, me), do: perform(:receive, [:_, 1000], binds, me)
  def perform(:receive, [pattern], binds, me), do: perform(:receive, [pattern, 1000], binds, me)

  def perform(:receive, [pattern, milliseconds], _, _), do: shown(take(pattern, milliseconds))
  def perform(:nothing, [], _, _), do: shown(take(:_, 0))
  def perform(:nothing, [milliseconds], _, _), do: shown(take(:_, milliseconds))
  def perform(:rest, [], _, _), do: shown(List.to_tuple(rest([])))

  # Where the order means nothing: by what is shown of them.
  def perform(:gather, [], _, me),
    do: shown(rest([]) |> Enum.sort_by(&key(&1, me.stage)) |> List.to_tuple())

  def perform(:register, [name], binds, me), do: perform(:register, [name, self()], binds, me)
  def perform(:register, [name, pid], _, _), do: shown(Process.register(pid, name))
  def perform(:unregister, [name], _, _), do: shown(Process.unregister(name))
  def perform(:whereis, [name], _, _), do: shown(GenServer.whereis(name))
  def perform(:send_after, [ms, to, m], _, _), do: shown(Process.send_after(to, m, ms))
  def perform(:cancel_timer, [ref], _, _), do: shown(left(Process.cancel_timer(ref)))
  def perform(:read_timer, [ref], _, _), do: shown(left(Process.read_timer(ref)))
  def perform(:alias, [], _, _), do: shown(:erlang.alias())
  def perform(:alias, [kind], _, _), do: shown(:erlang.alias([kind]))
  def perform(:unalias, [ref], _, _), do: shown(:erlang.unalias(ref))
  def perform(:put, [key, value], _, _), do: shown(Process.put(key, value))
  def perform(:get, [key], _, _), do: shown(Process.get(key))
  def perform(:erase, [key], _, _), do: shown(Process.delete(key))
  def perform(:info, [pid, item], _, _), do: shown(info(pid, item))
  def perform(:alive, [pid], _, _), do: shown(Process.alive?(pid))
  def perform(:self, [], _, _), do: shown(self())
  def perform(:note, [value], _, _), do: shown(value)

  def perform(:sleep, [milliseconds], _, _) do
    Process.sleep(milliseconds)
    shown(:ok)
  end

  defp left(false), do: false
  defp left(milliseconds) when is_integer(milliseconds), do: :left

  defp info(pid, item) do
    case Process.info(pid, item) do
      nil -> nil
      {:registered_name, []} -> nil
      {_, value} when is_list(value) -> Enum.map(value, &monitored/1) |> Enum.sort()
      {_, value} -> value
    end
  end

  defp monitored({:process, what}), do: what
  defp monitored(other), do: other

  # By what the scenario calls its monitor or its sender; others keep their order.
  defp key({:DOWN, ref, :process, _, _}, stage), do: {1, Stage.name_of(stage, ref)}
  defp key({:EXIT, from, _}, stage), do: {2, Stage.name_of(stage, from)}
  defp key(_, _), do: {3, ""}

  # Takes the oldest message that matches, and leaves the others. A pattern that is known only when
  # the program runs can't stand in a `receive`; this is what the shell does with one.
  defp take(pattern, milliseconds) do
    wanted = fn message ->
      if not command?(message) and Show.matches?(pattern, message),
        do: {:taken, message},
        else: :nomatch
    end

    case apply(:prim_eval, :receive, [wanted, milliseconds]) do
      {:taken, message} -> message
      :timeout -> :timeout
    end
  end

  defp command?({:"$steps", _}), do: true
  defp command?(_), do: false

  defp rest(found) do
    case take(:_, 0) do
      :timeout -> Enum.reverse(found)
      message -> rest([message | found])
    end
  end
end
