# SPDX-License-Identifier: Apache-2.0
#
# The operations on tasks. What a task does is an instruction: {:value, v}, {:raise, text},
# {:exit, reason}, {:throw, v}, {:kill}; before: {:sleep, ms, then}, {:run, [steps], then},
# {:trap, then}. `t, p = async INSTRUCTION` calls the task t, and its process p.

defmodule TaskOperations do
  def operations do
    [
      :async, :await, :yield, :shutdown, :ignore, :await_many, :yield_many, :completed,
      :start_task, :start_task_link, :stream, :tasks_start, :tasks_async, :tasks_nolink,
      :tasks_child, :tasks_children, :tasks_terminate, :tasks_stream, :tasks_stream_nolink
    ]
  end

  defp shown(value), do: {value, [value]}

  def perform(:async, [instruction], binds, me),
    do: begun(&Task.async/1, instruction, binds, me)

  def perform(:tasks_async, [tasks, instruction], binds, me),
    do: begun(&Task.Supervisor.async(tasks, &1), instruction, binds, me)

  def perform(:tasks_nolink, [tasks, instruction], binds, me),
    do: begun(&Task.Supervisor.async_nolink(tasks, &1), instruction, binds, me)

  def perform(:await, [task], _, _), do: shown(Task.await(task))
  def perform(:await, [task, ms], _, _), do: shown(Task.await(task, ms))
  def perform(:yield, [task, ms], _, _), do: shown(Task.yield(task, ms))
  def perform(:shutdown, [task], _, _), do: shown(Task.shutdown(task))
  def perform(:shutdown, [task, ms], _, _), do: shown(Task.shutdown(task, ms))
  def perform(:ignore, [task], _, _), do: shown(Task.ignore(task))
  def perform(:await_many, [tasks], _, _), do: shown(Task.await_many(tasks))
  def perform(:await_many, [tasks, ms], _, _), do: shown(Task.await_many(tasks, ms))

  def perform(:yield_many, [tasks, ms], _, _),
    do: shown(for {_, result} <- Task.yield_many(tasks, ms), do: result)

  def perform(:completed, [value], _, _), do: {:task, [Task.completed(value)]}

  def perform(:start_task, [instruction], binds, me) do
    {:ok, pid} = Task.start(body(instruction, me, process_name(binds, 0)))
    born(me, process_name(binds, 0), pid)
    shown(pid)
  end

  def perform(:start_task_link, [instruction], binds, me) do
    {:ok, pid} = Task.start_link(body(instruction, me, process_name(binds, 0)))
    born(me, process_name(binds, 0), pid)
    shown(pid)
  end

  def perform(:stream, [instructions, options], _, me) do
    Task.async_stream(instructions, &act(&1, element(me)), Keyword.delete(options, :take))
    |> given(options[:take])
  end

  def perform(:tasks_stream, [tasks, instructions, options], _, me) do
    stream_options = Keyword.delete(options, :take)

    Task.Supervisor.async_stream(tasks, instructions, &act(&1, element(me)), stream_options)
    |> given(options[:take])
  end

  def perform(:tasks_stream_nolink, [tasks, instructions, options], _, me) do
    stream_options = Keyword.delete(options, :take)

    Task.Supervisor.async_stream_nolink(tasks, instructions, &act(&1, element(me)), stream_options)
    |> given(options[:take])
  end

  def perform(:tasks_start, [options], binds, me) do
    case Task.Supervisor.start_link(options) do
      {:ok, pid} ->
        Stage.born(me.stage, hd(binds), pid)
        :ets.insert(me.stage.table, {{:server, hd(binds)}})
        {{:ok, pid}, [pid]}

      other ->
        {other, []}
    end
  end

  # Options that are given here are the same for all children in Elixir.
  def perform(:tasks_child, [tasks, instruction], binds, me),
    do: perform(:tasks_child, [tasks, instruction, []], binds, me)

  def perform(:tasks_child, [tasks, instruction, options], binds, me) do
    name = process_name(binds, 0)

    case Task.Supervisor.start_child(tasks, body(instruction, me, name), options) do
      {:ok, pid} ->
        born(me, name, pid)
        {{:ok, pid}, [pid]}

      other ->
        {other, []}
    end
  end

  def perform(:tasks_children, [tasks], _, me),
    do: shown(Task.Supervisor.children(tasks) |> Enum.sort_by(&Stage.name_of(me.stage, &1)))

  def perform(:tasks_terminate, [tasks, pid], _, _),
    do: shown(Task.Supervisor.terminate_child(tasks, pid))

  # ---- what tasks do

  defp begun(begin, instruction, binds, me) do
    name = process_name(binds, 1)

    try do
      begin.(body(instruction, me, name))
    rescue
      error in [RuntimeError] -> {{:raised, short(Exception.message(error))}, []}
    else
      task ->
        born(me, name, task.pid)
        {:task, [task, task.pid]}
    end
  end

  # What is said when there is no room stands in other words.
  defp short(text), do: if(text =~ "max_children", do: :max_children, else: text)

  defp process_name(binds, at), do: Enum.at(binds, at) || "#{Enum.at(binds, 0, "unnamed")}_process"

  # It begins once its end will be logged.
  defp body(instruction, me, name) do
    mine = %{me | name: name}

    fn ->
      receive do: (:"$go" -> :ok)
      act(instruction, mine)
    end
  end

  defp born(me, name, pid) do
    Stage.born(me.stage, name, pid)
    :ets.insert(me.stage.table, {{:server, name}})
    send(pid, :"$go")
  end

  defp element(me), do: %{me | name: "element"}

  defp given(stream, nil), do: shown(Enum.to_list(stream))
  defp given(stream, most), do: shown(Enum.take(stream, most))

  def act({:value, value}, _), do: value
  def act({:raise, text}, _), do: raise(text)
  def act({:exit, reason}, _), do: exit(reason)
  def act({:throw, value}, _), do: throw(value)

  def act({:kill}, _) do
    Process.exit(self(), :kill)
    Process.sleep(:infinity)
  end

  def act({:sleep, milliseconds, next}, me) do
    Process.sleep(milliseconds)
    act(next, me)
  end

  def act({:trap, next}, me) do
    Process.flag(:trap_exit, true)
    act(next, me)
  end

  def act({:run, steps, next}, me) do
    Player.perform_all(me, steps)
    act(next, me)
  end
end
