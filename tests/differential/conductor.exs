# SPDX-License-Identifier: Apache-2.0
#
# Plays a scenario: tells its processes what to do, and waits until all is quiet between two lines.

defmodule Conductor do
  @patience 5000

  defstruct [:stage, :pictures, busy: MapSet.new(), dead: MapSet.new()]

  # The events of one play: [phase, who, text], in the order in which they happened. Everything of
  # it has ended afterwards.
  def play(lines, jitter, pictures) do
    stage = Stage.new(self())
    if jitter > 0, do: :ets.insert(stage.table, {:jitter, jitter})
    state = Enum.reduce(lines, %Conductor{stage: stage, pictures: pictures}, &line/2)
    state = settle(state)
    events = state |> leftovers() |> events()
    sweep(state)
    :ets.delete(stage.table)
    events
  end

  defp events(state), do: Stage.events(state.stage)

  defp line({:start, names}, state) do
    for name <- names do
      me = %Player{stage: state.stage, name: name}
      Stage.born(state.stage, name, spawn(Player, :start, [me]))
    end

    state
  end

  defp line({:step, who, step}, state),
    do: state |> tell(who, [step]) |> await(who) |> quiet()

  defp line({:begin, scripts}, state),
    do: Enum.reduce(scripts, state, fn {who, steps}, s -> tell(s, who, steps) end)

  defp line({:join}, state),
    do: state.busy |> Enum.sort() |> Enum.reduce(state, &await(&2, &1)) |> quiet()

  defp line({:wait, milliseconds}, state) do
    Process.sleep(milliseconds)
    quiet(state)
  end

  defp quiet(state) do
    state = settle(state)
    Stage.next_phase(state.stage)
    state
  end

  defp tell(state, who, steps) do
    case Stage.fill(state.stage, {:"$var", who}) do
      pid when is_pid(pid) ->
        send(pid, {:"$steps", steps})
        %{state | busy: MapSet.put(state.busy, who)}

      _ ->
        Stage.log(state.stage, who, "is not there")
        state
    end
  end

  # Until it has done its steps, or has ended.
  defp await(state, who) do
    if MapSet.member?(state.busy, who) and not MapSet.member?(state.dead, who) do
      receive do
        heard -> state |> hear(heard) |> await(who)
      after
        @patience ->
          Stage.log(state.stage, who, "is stuck")
          state
      end
    else
      %{state | busy: MapSet.delete(state.busy, who)}
    end
  end

  defp hear(state, {:done, name}), do: %{state | busy: MapSet.delete(state.busy, name)}

  defp hear(state, {:ended, name}),
    do: %{state | dead: MapSet.put(state.dead, name), busy: MapSet.delete(state.busy, name)}

  # Until nothing happens any more, but for timers: no process runs, every death is known, and some
  # pictures in a row, at different times, are the same.
  defp settle(state), do: state |> catch_up() |> settle(nil, state.pictures)

  defp settle(state, _, 0), do: state

  defp settle(state, before, missing) do
    picture = picture(state)
    same = picture == before and Enum.all?(elem(picture, 0), &resting?(&1, state))
    Process.sleep(1)
    state |> catch_up() |> settle(picture, if(same, do: missing - 1, else: state.pictures))
  end

  defp picture(state) do
    processes =
      for [pid, name] <- Stage.all_born(state.stage),
          do: {name, Process.info(pid, [:status, :message_queue_len])}

    {processes, Stage.log_length(state.stage)}
  end

  defp resting?({name, nil}, state), do: MapSet.member?(state.dead, name)
  defp resting?({_, [{:status, status} | _]}, _), do: status == :waiting

  defp catch_up(state) do
    receive do
      heard -> state |> hear(heard) |> catch_up()
    after
      0 -> state
    end
  end

  # What nobody received.
  defp leftovers(state) do
    idle =
      for [pid, name] <- Stage.all_born(state.stage),
          not MapSet.member?(state.dead, name),
          not server?(state, name),
          do: {name, pid, MapSet.member?(state.busy, name)}

    for {name, _, true} <- idle, do: Stage.log(state.stage, name, "is busy")

    for {name, pid, false} <- idle, reduce: state do
      s ->
        send(pid, {:"$steps", [{:rest, [], [], "rest", true}]})
        await(%{s | busy: MapSet.put(s.busy, name)}, name)
    end
  end

  defp server?(state, name), do: :ets.member(state.stage.table, {:server, name})

  defp sweep(state) do
    for [pid, _] <- Stage.all_born(state.stage) do
      ref = Process.monitor(pid)
      Process.exit(pid, :kill)
      receive do: ({:DOWN, ^ref, _, _, _} -> :ok)
    end

    forget()
  end

  defp forget do
    receive do
      _ -> forget()
    after
      0 -> :ok
    end
  end
end
