using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Switchboard.Data.Embedded;

/// <summary>One run of the server process: started by us, or found running after a host was killed.</summary>
internal sealed class Postmaster
{
    /// <summary>Room for what the server says before its log collector takes over; the rest is in its log folder.</summary>
    private const int OutputLimit = 64 * 1024;

    private static readonly TimeSpan AttachedPollInterval = TimeSpan.FromMilliseconds(100);

    private readonly TaskCompletionSource<int> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder output = new();

    private Postmaster(int port) => Port = port;

    public int Pid { get; private set; }

    public int Port { get; }

    /// <summary>Completes with the exit code; -1 for one that we did not start.</summary>
    public Task<int> Exited => exited.Task;

    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>
    /// Starts the server from a thread that lives as long as the server does: the kernel sends the death signal when
    /// the <em>thread</em> that forked ends, and a thread of the pool may end any time.
    /// </summary>
    public static async Task<Postmaster> StartAsync(PostgresUser user, string postgres, IReadOnlyList<string> arguments, int port)
    {
        var master = new Postmaster(port);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            Process? process = null;
            try
            {
                process = Process.Start(user.Command(postgres, arguments, diesWithUs: true))!;
                master.Pid = process.Id;
                master.Drain(process);
                started.SetResult();
                process.WaitForExit();
                master.exited.SetResult(process.ExitCode);
            }
            catch (Exception e) when (!started.Task.IsCompleted)
            {
                started.SetException(e);
            }
            finally
            {
                process?.Dispose();
            }
        })
        { IsBackground = true, Name = "PostgreSQL" };
        thread.Start();
        await started.Task;
        return master;
    }

    /// <summary>
    /// The server that a killed host left behind in <paramref name="dataFolder"/>; null when there is none. One that is
    /// ending, or that runs with other arguments than ours (another release), is awaited or stopped first.
    /// </summary>
    /// <param name="argumentsFor">The arguments that we would start it with on a port.</param>
    public static async Task<Postmaster?> FindOrphanAsync(
        string dataFolder, string postgres, Func<int, IReadOnlyList<string>> argumentsFor, TimeProvider time, CancellationToken ct)
    {
        if (ReadLock(dataFolder) is not var (pid, port, status) || !IsServerOf(dataFolder, pid))
        {
            return null;
        }

        var orphan = new Postmaster(port) { Pid = pid };
        orphan.Watch();

        if (status != "stopping" && Posix.ArgumentsOf(pid).SequenceEqual([postgres, .. argumentsFor(port)]))
        {
            return orphan;
        }

        await orphan.StopAsync(time, ct);
        return null;
    }

    /// <summary>
    /// Removes a lock file that PostgreSQL would take for a running server's: its process is a zombie, or its number
    /// has been given to another program since, both common in containers.
    /// </summary>
    public static async Task RemoveStaleLockAsync(string dataFolder, TimeProvider time, CancellationToken ct)
    {
        var lockFile = LockFile(dataFolder);
        if (!File.Exists(lockFile))
        {
            return;
        }

        // Children of a killed server end by themselves as soon as they notice. A start beside them would be refused.
        var deadline = time.GetTimestamp();
        while (Posix.ProcessesIn(dataFolder).ToList() is [_, ..] left)
        {
            if (time.GetElapsedTime(deadline) > TimeSpan.FromSeconds(30))
            {
                throw new EmbeddedPostgresException("in_use", $"Processes {string.Join(", ", left)} of an earlier PostgreSQL still "
                    + $"work in {dataFolder}. Wait until they have ended, or end them, and start again.");
            }

            await Task.Delay(AttachedPollInterval, time, ct);
        }

        File.Delete(lockFile);
    }

    /// <summary>Fast shutdown: clients are disconnected and a checkpoint is written, so that the next start has nothing to recover.</summary>
    public async Task StopAsync(TimeProvider time, CancellationToken ct)
    {
        foreach (var signal in new[] { Posix.Interrupt, Posix.Quit })
        {
            if (Exited.IsCompleted || !Posix.Signal(Pid, signal))
            {
                break;
            }

            await Task.WhenAny(Exited, Task.Delay(TimeSpan.FromSeconds(30), time, ct));
            ct.ThrowIfCancellationRequested();
        }

        if (!Exited.IsCompleted && Posix.IsAlive(Pid))
        {
            throw new EmbeddedPostgresException("does_not_stop", $"PostgreSQL (process {Pid}) does not end, not even when told to "
                + "at once. Look at its log, then end it by hand.");
        }
    }

    /// <summary>What the running (or dead) server says of itself: <c>starting</c>, <c>ready</c> or <c>stopping</c>; null when there is no lock file.</summary>
    public static (int Pid, int Port, string Status)? ReadLock(string dataFolder)
    {
        try
        {
            // pid, data folder, start time, port, socket folder, listen address, shared memory key, status
            var lines = File.ReadAllLines(LockFile(dataFolder));
            return (Number(lines.ElementAtOrDefault(0)), Number(lines.ElementAtOrDefault(3)), lines.ElementAtOrDefault(7)?.Trim() ?? "");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        static int Number(string? line) => int.TryParse(line, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private static string LockFile(string dataFolder) => Path.Combine(dataFolder, "postmaster.pid");

    private static bool IsServerOf(string dataFolder, int pid)
    {
        if (pid <= 0 || !Posix.IsAlive(pid))
        {
            return false;
        }

        var arguments = Posix.ArgumentsOf(pid);
        return arguments.Length > 2
            && Path.GetFileName(arguments[0]) == "postgres"
            && Array.IndexOf(arguments, "-D") is > 0 and var at
            && at + 1 < arguments.Length
            && arguments[at + 1] == dataFolder;
    }

    private void Drain(Process process)
    {
        process.StandardInput.Close();
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private void Keep(string? line)
    {
        lock (output)
        {
            if (line is not null && output.Length < OutputLimit)
            {
                output.AppendLine(line);
            }
        }
    }

    // Only a parent is told when a process ends; for one that we found, we look.
    private void Watch() => new Thread(() =>
    {
        using var never = new ManualResetEventSlim();
        while (Posix.IsAlive(Pid))
        {
            never.Wait(AttachedPollInterval);
        }

        exited.SetResult(-1);
    })
    { IsBackground = true, Name = "PostgreSQL (found running)" }.Start();
}
