# SPDX-License-Identifier: Apache-2.0
#
# The operations of :sys on servers.

defmodule SysOperations do
  def operations do
    [
      :suspend, :resume, :run_state, :statistics, :counts, :trace, :keep_events, :kept_events,
      :install, :remove, :no_debug, :sys_terminate, :at_end, :set_at_end, :fail_to_set,
      :change_code
    ]
  end

  defp shown(value), do: {value, []}

  def perform(:suspend, [to], _, _), do: shown(:sys.suspend(to))
  def perform(:resume, [to], _, _), do: shown(:sys.resume(to))

  def perform(:run_state, [to], _, _) do
    {:status, ^to, {:module, _}, [_, run_state, _, _, _]} = :sys.get_status(to)
    shown(run_state)
  end

  def perform(:statistics, [to, on], _, _), do: shown(:sys.statistics(to, on))

  def perform(:counts, [to], _, _) do
    case :sys.statistics(to, :get) do
      {:ok, :no_statistics} -> shown(:no_statistics)
      {:ok, all} -> shown({all[:messages_in], all[:messages_out]})
    end
  end

  def perform(:trace, [to, on], _, _), do: shown(:sys.trace(to, on))

  def perform(:keep_events, [to, 0], _, _), do: shown(:sys.log(to, false))
  def perform(:keep_events, [to, most], _, _), do: shown(:sys.log(to, {true, most}))

  def perform(:kept_events, [to], _, _) do
    {:ok, events} = :sys.log(to, :get)
    shown(Enum.map(events, &event/1))
  end

  # Each event becomes a line of the server's; it goes with the last of `count` events.
  def perform(:install, [to, name, count], _, me) do
    # The name of the server is that of the play, which only its own process knows.
    function = fn left, event, _ ->
      Stage.log(me.stage, Stage.name_of(me.stage, self()), "#{name} saw " <> Show.term(kind(event)))
      if left == 1, do: :done, else: left - 1
    end

    shown(:sys.install(to, {name, function, count}))
  end

  def perform(:remove, [to, name], _, _), do: shown(:sys.remove(to, name))
  def perform(:no_debug, [to], _, _), do: shown(:sys.no_debug(to))
  def perform(:sys_terminate, [to, reason], _, _), do: shown(:sys.terminate(to, reason))

  # What the server is to do in terminate is a part of its state.
  def perform(:at_end, [to], _, _), do: shown(:sys.get_state(to).at_end)

  def perform(:set_at_end, [to, instruction], _, _) do
    state = :sys.replace_state(to, fn state -> %{state | at_end: instruction} end)
    shown(state.at_end)
  end

  def perform(:fail_to_set, [to], _, _) do
    :sys.replace_state(to, fn _ -> raise "no" end)
    shown(:replaced)
  catch
    _, _ -> shown(:failed)
  end

  def perform(:change_code, [to, extra], _, _) do
    case :sys.change_code(to, PlayedServer, 1, extra) do
      {:error, _} -> shown(:refused)
      :ok -> shown(:ok)
    end
  end

  # Without the messages that only one side can show.
  defp event({:in, {:"$gen_call", _, _}}), do: :call
  defp event({:in, {:"$gen_cast", _}}), do: :cast
  defp event({:in, message}), do: {:info, message}
  defp event({:out, reply, _, _}), do: {:out, reply}
  defp event({:noreply, _}), do: :noreply
  defp event({:continue, _}), do: :continue

  defp kind(event) do
    case event(event) do
      tuple when is_tuple(tuple) -> elem(tuple, 0)
      atom -> atom
    end
  end
end
