# SPDX-License-Identifier: Apache-2.0
#
# Plays scenarios on the real thing:
#
#     elixir play.exs PLAYS LOGS
#
# PLAYS holds Erlang terms {Number, Times, Lane, Pictures, Lines}; lanes are played at the same
# time, what is in one lane one after the other. Between two lines all is quiet for so many
# Pictures. LOGS gets, for each play, `play NUMBER`, a line `PHASE WHO TEXT` for each event, and
# `end`.

defmodule Operations do
  # A module has operations/0, their names, and perform/4.
  def modules,
    do: [
      ProcessOperations,
      ServerOperations,
      SysOperations,
      SupervisorOperations,
      TaskOperations,
      AgentOperations,
      RegistryOperations,
      StatemOperations
    ]
end

for file <-
      ~w(stage player process_operations server server_operations sys_operations
          supervisor_operations task_operations agent_operations registry_operations
          statem_operations conductor),
    do: Code.require_file(file <> ".exs", __DIR__)

defmodule Main do
  # Busy loops before a step of a play that is repeated: up to some tens of microseconds.
  @jitter 3000

  def main([plays, logs]) do
    :logger.set_primary_config(:level, :none)
    {:ok, terms} = :file.consult(plays)

    texts =
      terms
      |> Enum.group_by(&elem(&1, 2))
      |> Enum.map(fn {_, lane} -> Task.async(fn -> Enum.map(lane, &play/1) end) end)
      |> Task.await_many(:infinity)

    File.write!(logs, texts)
  end

  defp play({number, times, _, pictures, lines}) do
    for _ <- 1..times do
      # A conductor of its own: what a play sends to it late reaches no other play.
      jitter = if times > 1, do: @jitter, else: 0
      playing = Task.async(fn -> Conductor.play(lines, jitter, pictures) end)
      events = Task.await(playing, :infinity)

      [
        "play #{number}\n",
        Enum.map(events, fn [phase, who, text] -> "#{phase} #{who} #{text}\n" end),
        "end\n"
      ]
    end
  end
end

Main.main(System.argv())
