using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

using Microsoft.Extensions.Logging;

using Switchboard.Workflows;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Runtime.Scripts;

/// <summary>
/// Runs the JavaScript of workflows in QuickJS (WebAssembly) inside Node.js processes of its own, which start when a script
/// first needs them. A script finds no object of the host, no file and no network; memory, stack and time are limited inside
/// the process, and a kill timer stands outside of it for what cannot be interrupted.
/// </summary>
public sealed class ScriptWorker : IAsyncDisposable
{
    private readonly ScriptProcess[] processes;

    public ScriptWorker(ScriptOptions options, ILogger<ScriptWorker> log)
    {
        options.Validate();
        processes = [.. Enumerable.Range(0, options.Processes).Select(_ => new ScriptProcess(options, log))];
    }

    /// <summary>
    /// Evaluates one script. The next script is not harmed by it, whatever it does.
    /// </summary>
    /// <exception cref="ActivityException">
    /// <c>script_syntax, script_failed, script_timeout, script_memory</c>, with line and column where they are known;
    /// <c>script_worker_unavailable</c> when no process can be started (can be retried).
    /// </exception>
    public async ValueTask<ScriptResult> EvaluateAsync(ScriptRequest request, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var evaluation = new Evaluation(Encode(request));
        LeastBusy().Send(evaluation);
        await using (ct.Register(static state => ((Evaluation)state!).Cancel(), evaluation))
            return await evaluation.Result;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes)
            await process.DisposeAsync();
    }

    /// <summary>The operating system's ids of the processes that are running and ready: for metrics, and for who looks for them.</summary>
    public IReadOnlyList<int> ProcessIds => [.. processes.Select(p => p.ProcessId).OfType<int>()];

    private ScriptProcess LeastBusy()
    {
        var least = processes[0];
        for (var i = 1; i < processes.Length && least.Load > 0; i++)
        {
            if (processes[i].Load < least.Load)
                least = processes[i];
        }

        return least;
    }

    /// <summary>Two lines: the script as a JSON string, and its scope, which goes to QuickJS unread.</summary>
    private static byte[] Encode(ScriptRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
            json.WriteStringValue(request.Source);

        buffer.Write("\n"u8);
        if (request.OnlyCompiles)
        {
            buffer.Write("null\n"u8);
            return buffer.WrittenSpan.ToArray();
        }
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("now", request.Now.ToUnixTimeMilliseconds());
            Write(json, "variables", request.Variables);
            Write(json, "input", request.Input);
            Write(json, "outputs", request.Outputs);
            Write(json, "identity", request.Identity);
            Write(json, "lastResult", request.LastResult);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();

        static void Write(Utf8JsonWriter json, string name, JsonNode? node)
        {
            json.WritePropertyName(name);
            if (node is null)
                json.WriteNullValue();
            else
                node.WriteTo(json);
        }
    }
}
