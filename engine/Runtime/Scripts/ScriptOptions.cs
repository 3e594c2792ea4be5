namespace Switchboard.Runtime.Scripts;

/// <summary>How scripts of workflows are run, and what one of them may use up.</summary>
public sealed class ScriptOptions
{
    /// <summary>The Node.js program, 20 or later: a path, or a name that is looked up in PATH.</summary>
    public string Node { get; set; } = "node";

    /// <summary>
    /// The folder with worker.mjs and its node_modules. Null: <c>Scripts/worker</c> beside the program, or, when run from a
    /// working copy, the folder there.
    /// </summary>
    public string? WorkerDirectory { get; set; }

    /// <summary>
    /// How many worker processes there may be at most; each runs one script at a time. One starts when a script needs it
    /// and no other is idle. Each takes about 60 MB.
    /// </summary>
    public int Processes { get; set; } = 2;

    /// <summary>How long a script may run before it is interrupted. Some operations of the language cannot be interrupted.</summary>
    public TimeSpan Budget { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a script may run before its process is killed, for what cannot be interrupted. Longer than
    /// <see cref="Budget"/>; shortly after it a busy machine looks like a script that hangs.
    /// </summary>
    public TimeSpan KillAfter { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a worker process may take until it is ready.</summary>
    public TimeSpan StartLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What the sandbox may take of memory, its own 6 MB and 16 MB of initial room included. At least 24 MB.</summary>
    public int MemoryLimitBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// How deep a script may nest calls. Never above 128 kB: with more, an endless recursion exhausts the stack of Node.js
    /// itself, which ends the process.
    /// </summary>
    public int StackLimitBytes { get; set; } = 128 * 1024;

    /// <exception cref="InvalidOperationException">Names the option, its value and the rule.</exception>
    public void Validate()
    {
        Require(Processes is >= 1 and <= 64, nameof(Processes), Processes, "it must be between 1 and 64");
        Require(Budget > TimeSpan.Zero, nameof(Budget), Budget, "it must be positive");
        Require(KillAfter > Budget, nameof(KillAfter), KillAfter, $"it must be longer than Scripts:Budget ({Budget})");
        Require(StartLimit > TimeSpan.Zero, nameof(StartLimit), StartLimit, "it must be positive");
        Require(MemoryLimitBytes >= 24 * 1024 * 1024, nameof(MemoryLimitBytes), MemoryLimitBytes, "it must be 24 MB or more");
        Require(StackLimitBytes is >= 16 * 1024 and <= 128 * 1024, nameof(StackLimitBytes), StackLimitBytes,
            "it must be between 16 and 128 kB");
    }

    private static void Require(bool holds, string option, object value, string rule)
    {
        if (!holds)
            throw new InvalidOperationException($"Scripts:{option} is {value}; {rule}.");
    }

    /// <summary>The folder with worker.mjs and its packages.</summary>
    /// <exception cref="InvalidOperationException">There is none; says what to run to get it.</exception>
    public string FindWorkerDirectory()
    {
        if (WorkerDirectory is not null)
            return WorkerDirectory;

        var beside = Path.Combine(AppContext.BaseDirectory, "Scripts", "worker");
        if (IsReady(beside))
            return beside;

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var inWorkingCopy = Path.Combine(folder.FullName, "engine", "Runtime", "Scripts", "worker");
            if (IsReady(inWorkingCopy))
                return inWorkingCopy;
        }

        throw new InvalidOperationException(
            $"The packages of the script worker are missing: run 'npm ci --ignore-scripts' in {beside} " +
            "(in a working copy: in engine/Runtime/Scripts/worker), or set Scripts:WorkerDirectory.");

        static bool IsReady(string folder) =>
            File.Exists(Path.Combine(folder, "worker.mjs")) && Directory.Exists(Path.Combine(folder, "node_modules"));
    }
}
