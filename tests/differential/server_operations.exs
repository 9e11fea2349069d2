# SPDX-License-Identifier: Apache-2.0
#
# The operations on servers.

defmodule ServerOperations do
  def operations do
    [
      :start, :start_link, :start_monitor, :call, :cast, :stop, :take_from, :reply, :request,
      :response, :wait_response, :multi_call, :abcast
    ]
  end

  defp shown(value), do: {value, [value]}

  def perform(start, [instruction], binds, me) when start in [:start, :start_link, :start_monitor],
    do: perform(start, [instruction, []], binds, me)

  def perform(:start, [instruction, options], binds, me) do
    seed = seed(instruction, options, binds, me)
    started(GenServer.start(PlayedServer, seed, given(options)))
  end

  def perform(:start_link, [instruction, options], binds, me) do
    seed = seed(instruction, options, binds, me)
    started(GenServer.start_link(PlayedServer, seed, given(options)))
  end

  def perform(:start_monitor, [instruction, options], binds, me) do
    seed = seed(instruction, options, binds, me)

    result =
      case options[:name] do
        nil -> :gen_server.start_monitor(PlayedServer, seed, given(options))
        name -> :gen_server.start_monitor({:local, name}, PlayedServer, seed, given(options))
      end

    case result do
      {:ok, {pid, ref}} -> {result, [pid, ref]}
      other -> {other, []}
    end
  end

  def perform(:call, [to, instruction], _, _), do: shown(GenServer.call(to, instruction))
  def perform(:call, [to, instruction, ms], _, _), do: shown(GenServer.call(to, instruction, ms))
  def perform(:cast, [to, instruction], _, _), do: shown(GenServer.cast(to, instruction))
  def perform(:stop, [to], _, _), do: shown(GenServer.stop(to))
  def perform(:stop, [to, reason], _, _), do: shown(GenServer.stop(to, reason))
  def perform(:stop, [to, reason, ms], _, _), do: shown(GenServer.stop(to, reason, ms))

  # An obligation to answer that a server has handed over.
  def perform(:take_from, [], _, _) do
    receive do
      {:"$from", from} -> {:taken, [from]}
    after
      1000 -> {:timeout, []}
    end
  end

  def perform(:reply, [from, value], _, _), do: shown(GenServer.reply(from, value))

  def perform(:request, [to, instruction], _, _) do
    {:sent, [{:request, :gen_server.send_request(to, instruction)}]}
  end

  def perform(:response, [id], binds, me), do: perform(:response, [id, :infinity], binds, me)

  def perform(:response, [{:request, id}, milliseconds], _, _),
    do: shown(:gen_server.receive_response(id, milliseconds))

  def perform(:wait_response, [{:request, id}, milliseconds], _, _),
    do: shown(:gen_server.wait_response(id, milliseconds))

  def perform(:multi_call, [nodes, name, instruction], _, _),
    do: shown(GenServer.multi_call(nodes, name, instruction))

  def perform(:multi_call, [nodes, name, instruction, milliseconds], _, _),
    do: shown(GenServer.multi_call(nodes, name, instruction, milliseconds))

  def perform(:abcast, [nodes, name, instruction], _, _),
    do: shown(GenServer.abcast(nodes, name, instruction))

  defp seed(instruction, options, binds, me),
    do: {me, List.first(binds) || "unnamed", instruction, options}

  defp given(options), do: Keyword.take(options, [:name, :timeout, :hibernate_after])

  defp started({:ok, pid} = result), do: {result, [pid]}
  defp started(other), do: {other, []}
end
