using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

using Microsoft.Extensions.Logging;

using Switchboard.Workflows;
using Switchboard.Workflows.Expressions;

namespace Switchboard.Runtime.Scripts;

/// <summary>
/// One worker process after another. It answers in the order of the requests, so that the oldest request without an answer
/// is the one that runs: when the process is killed or dies, that one fails, and the others are sent to the next process.
/// </summary>
internal sealed class ScriptProcess : IAsyncDisposable
{
    // A script may yield a tree as deep as its stack allows; 64, the reader's own limit, is too near to real data.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 512 };

    private readonly ScriptOptions options;
    private readonly ILogger log;
    private readonly Lock gate = new();
    private readonly Queue<Evaluation> unanswered = new();
    private readonly Timer killTimer;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Incarnation? current;
    private bool isDisposed;
    private volatile int load;

    public ScriptProcess(ScriptOptions options, ILogger log)
    {
        this.options = options;
        this.log = log;
        killTimer = new Timer(_ => KillIfOverdue());
    }

    /// <summary>Requests without an answer.</summary>
    public int Load => load;

    public int? ProcessId
    {
        get
        {
            lock (gate)
                return current is { IsReady: true } incarnation ? incarnation.Process?.Id : null;
        }
    }

    public void Send(Evaluation evaluation)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, typeof(ScriptWorker));
            unanswered.Enqueue(evaluation);
            load = unanswered.Count;
            if (current is null)
            {
                Start();
            }
            else
            {
                current.Outgoing.Writer.TryWrite(evaluation);
                if (unanswered.Count == 1 && current.IsReady)
                    ArmKillTimer();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Incarnation? last;
        lock (gate)
        {
            if (isDisposed)
                return;
            isDisposed = true;
            last = current;
            last?.Outgoing.Writer.TryComplete();
        }

        if (last is not null)
        {
            // The end of its input ends the worker; one that is busy with a script is killed.
            if (await Task.WhenAny(ended.Task, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System)) != ended.Task)
                last.Kill();
            await ended.Task;
        }

        await killTimer.DisposeAsync();
    }

    /// <summary>A process of its own, and a thread that reads its answers until it ends. Called under the gate.</summary>
    private void Start()
    {
        var incarnation = new Incarnation();
        foreach (var evaluation in unanswered)
            incarnation.Outgoing.Writer.TryWrite(evaluation);
        current = incarnation;
        new Thread(() => Run(incarnation)) { IsBackground = true, Name = "Script worker" }.Start();
    }

    private void Run(Incarnation incarnation)
    {
        string? problem = null;
        try
        {
            Launch(incarnation);
            lock (gate)
                killTimer.Change(options.StartLimit, Timeout.InfiniteTimeSpan);
            using (incarnation.Process)
            {
                var writing = WriteRequestsAsync(incarnation);
                while (incarnation.Process!.StandardOutput.ReadLine() is { } line)
                    Take(incarnation, line);
                incarnation.Process.WaitForExit();
                incarnation.Outgoing.Writer.TryComplete();
                problem = $"it ended with exit code {incarnation.Process.ExitCode}. {incarnation.ErrorText}";
                writing.GetAwaiter().GetResult();
            }
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or IOException)
        {
            problem = e.Message;
        }
        finally
        {
            Bury(incarnation, problem ?? "it ended.");
        }
    }

    private void Launch(Incarnation incarnation)
    {
        var directory = options.FindWorkerDirectory();
        var settings = new JsonObject
        {
            ["parent"] = Environment.ProcessId,
            ["memoryLimit"] = options.MemoryLimitBytes,
            ["stackLimit"] = options.StackLimitBytes,
            ["budget"] = options.Budget.TotalMilliseconds,
        };
        var start = new ProcessStartInfo(options.Node)
        {
            ArgumentList = { "--max-old-space-size=128", Path.Combine(directory, "worker.mjs"), settings.ToJsonString() },
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        // Nothing of ours is in there: no connection string, no password.
        start.Environment.Clear();
        start.Environment["TZ"] = "UTC";

        var process = new Process { StartInfo = start };
        process.ErrorDataReceived += (_, e) => incarnation.AddErrorText(e.Data);
        process.Start();
        process.BeginErrorReadLine();
        lock (gate)
        {
            incarnation.Process = process;
            if (isDisposed)
                process.Kill();
        }
    }

    private static async Task WriteRequestsAsync(Incarnation incarnation)
    {
        var input = incarnation.Process!.StandardInput.BaseStream;
        try
        {
            while (await incarnation.Outgoing.Reader.WaitToReadAsync())
            {
                while (incarnation.Outgoing.Reader.TryRead(out var evaluation))
                    await input.WriteAsync(evaluation.Lines);
                await input.FlushAsync();
            }

            input.Close();
        }
        catch (IOException)
        {
            // The process has died; whoever reads from it sees that too, and sends what is unanswered to the next one.
            incarnation.Outgoing.Writer.TryComplete();
        }
    }

    private void Take(Incarnation incarnation, string line)
    {
        var answer = Parse(line);
        Evaluation evaluation;
        lock (gate)
        {
            if (answer.ContainsKey("ready"))
            {
                incarnation.IsReady = true;
                ArmKillTimer();
                return;
            }

            incarnation.IsLeaving = answer.ContainsKey("leaving");
            evaluation = unanswered.Dequeue();
            load = unanswered.Count;
            ArmKillTimer();
        }

        evaluation.Complete(answer);
    }

    private static JsonObject Parse(string line)
    {
        string problem;
        try
        {
            if (JsonNode.Parse(line, documentOptions: Deep) is JsonObject answer)
                return answer;
            problem = "it is not an object.";
        }
        catch (JsonException e)
        {
            problem = e.Message;
        }

        return new JsonObject
        {
            ["error"] = new JsonObject { ["code"] = "script_failed", ["message"] = $"The script's value cannot be read: {problem}" },
        };
    }

    /// <summary>The oldest request begins to run now. Called under the gate.</summary>
    private void ArmKillTimer()
    {
        current!.Deadline = Stopwatch.GetTimestamp() + (long)(options.KillAfter.TotalSeconds * Stopwatch.Frequency);
        killTimer.Change(unanswered.Count > 0 ? options.KillAfter : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void KillIfOverdue()
    {
        lock (gate)
        {
            if (current is not { } incarnation || incarnation.IsReady && unanswered.Count == 0)
                return;

            // It may have fired just when an answer came and armed it anew, or a few milliseconds early (its clock is coarse).
            var left = TimeSpan.FromSeconds((incarnation.Deadline - Stopwatch.GetTimestamp()) / (double)Stopwatch.Frequency);
            if (incarnation.IsReady && left > TimeSpan.Zero)
            {
                killTimer.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
                return;
            }

            incarnation.IsOverdue = true;
            incarnation.Kill();
        }
    }

    /// <summary>The process is gone: what it was running fails, the rest goes to another one.</summary>
    private void Bury(Incarnation incarnation, string problem)
    {
        List<(Evaluation Evaluation, ActivityException Problem)> failed = [];
        lock (gate)
        {
            current = null;
            killTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (isDisposed)
            {
                while (unanswered.TryDequeue(out var evaluation))
                    failed.Add((evaluation, Unavailable("the service is stopping.")));
                ended.TrySetResult();
            }
            else if (!incarnation.IsReady)
            {
                while (unanswered.TryDequeue(out var evaluation))
                    failed.Add((evaluation, Unavailable(problem)));
            }
            else if (!incarnation.IsLeaving && unanswered.TryDequeue(out var running))
            {
                failed.Add((running, incarnation.IsOverdue
                    ? new ActivityException("script_timeout",
                        $"The script could not be interrupted and was killed after {options.KillAfter.TotalSeconds:0.#} s.")
                    : new ActivityException("script_failed", $"The script worker died while the script ran: {problem}", canRetry: true)));
            }

            load = unanswered.Count;
            if (unanswered.Count > 0)
                Start();
        }

        foreach (var (evaluation, reason) in failed)
        {
            log.LogWarning("A script came to no result: {Code}: {Problem}", reason.Code, reason.Message);
            evaluation.Fail(reason);
        }

        static ActivityException Unavailable(string why) =>
            new("script_worker_unavailable", $"The script worker is not available: {why}", canRetry: true);
    }

    /// <summary>One process from its start to its end.</summary>
    private sealed class Incarnation
    {
        private readonly StringBuilder errorText = new();

        public Channel<Evaluation> Outgoing { get; } =
            Channel.CreateUnbounded<Evaluation>(new UnboundedChannelOptions { SingleReader = true });

        public Process? Process { get; set; }

        public bool IsReady { get; set; }

        /// <summary>It ends of itself after the answer that it gave last.</summary>
        public bool IsLeaving { get; set; }

        public bool IsOverdue { get; set; }

        /// <summary>In ticks of the stopwatch.</summary>
        public long Deadline { get; set; }

        public string ErrorText
        {
            get
            {
                lock (errorText)
                    return errorText.ToString().Trim();
            }
        }

        public void AddErrorText(string? line)
        {
            lock (errorText)
            {
                if (line is not null && errorText.Length < 2000)
                    errorText.Append(line).Append('\n');
            }
        }

        public void Kill()
        {
            try
            {
                Process?.Kill(entireProcessTree: true);
            }
            catch (InvalidOperationException)
            {
                // It has ended of itself meanwhile, which is what was wanted.
            }
        }
    }
}

/// <summary>A request on its way.</summary>
/// <param name="lines">What is written to the process.</param>
internal sealed class Evaluation(byte[] lines)
{
    private readonly TaskCompletionSource<ScriptResult> result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public byte[] Lines { get; } = lines;

    public Task<ScriptResult> Result => result.Task;

    public void Cancel() => result.TrySetCanceled();

    public void Fail(ActivityException reason) => result.TrySetException(reason);

    public void Complete(JsonObject answer)
    {
        if (answer["error"] is JsonObject error)
            Fail(Describe(error));
        else
            result.TrySetResult(Read(answer));
    }

    private static ScriptResult Read(JsonObject answer)
    {
        var value = answer["value"];
        answer.Remove("value");
        var variables = answer["variables"] as JsonObject ?? [];
        answer.Remove("variables");
        return new ScriptResult(value)
        {
            ChangedVariables = variables,
            InstanceName = (string?)answer["instanceName"],
            CorrelationId = (string?)answer["correlationId"],
            Outcomes = answer["outcomes"] is JsonArray outcomes ? [.. outcomes.Select(o => (string)o!)] : null,
        };
    }

    private static ActivityException Describe(JsonObject error)
    {
        var message = (string)error["message"]!;
        if (error["line"] is { } line)
            message = $"{message} (line {line}, column {error["column"]})";
        return new ActivityException((string)error["code"]!, message);
    }
}
