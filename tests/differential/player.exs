# SPDX-License-Identifier: Apache-2.0
#
# A process of a play that is no server: does the steps that it is told to do.

defmodule Player do
  defstruct [:stage, :name]

  def start(me), do: loop(me)

  def loop(me) do
    receive do
      {:"$steps", steps} -> run(me, steps)
    end
  end

  def run(me, []) do
    send(me.stage.conductor, {:done, me.name})
    loop(me)
  end

  def run(me, [{:hibernate, _, _, text, _} | rest]) do
    :erlang.hibernate(Player, :wake, [me, text, rest])
  end

  def run(me, [step | rest]) do
    perform(me, step)
    run(me, rest)
  end

  def wake(me, text, rest) do
    log(me, text, ":ok")
    run(me, rest)
  end

  # Steps inside of a server's callback.
  def perform_all(me, steps), do: Enum.each(steps, &perform(me, &1))

  def perform(me, {_, arguments, _, text, _} = step) do
    jitter(me.stage)
    arguments = Stage.fill(me.stage, arguments)

    # Whoever should have made it did not.
    if Enum.any?(arguments, &match?({:"$var", _}, &1)),
      do: log(me, text, "is not possible"),
      else: perform(me, step, arguments)
  end

  defp perform(me, {operation, _, binds, text, caught}, arguments) do
    try do
      do_operation(operation, arguments, binds, me)
    rescue
      error in [ArgumentError] ->
        if caught, do: log(me, text, "raises ArgumentError"), else: reraise(error, __STACKTRACE__)
    catch
      :exit, reason when caught -> log(me, text, "exits " <> Show.term(reason))
    else
      {shown, values} ->
        Enum.zip(binds, values) |> Enum.each(fn {n, v} -> Stage.bind(me.stage, n, v) end)
        log(me, text, Show.term(shown))
    end
  end

  defp log(me, text, result), do: Stage.log(me.stage, me.name, text <> " -> " <> result)

  # A play that races is played many times: its steps begin at slightly different times.
  defp jitter(%Stage{phase: _} = stage) do
    case :ets.lookup(stage.table, :jitter) do
      [{_, most}] -> spin(:rand.uniform(most))
      [] -> :ok
    end
  end

  defp spin(0), do: :ok
  defp spin(n), do: spin(n - 1)

  defp do_operation(operation, arguments, binds, me) do
    Enum.find_value(Operations.modules(), fn module ->
      if operation in module.operations(), do: module
    end)
    |> case do
      nil -> raise "no operation #{operation}"
      module -> module.perform(operation, arguments, binds, me)
    end
  end
end
