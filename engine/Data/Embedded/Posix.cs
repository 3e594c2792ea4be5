using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Switchboard.Data.Embedded;

/// <summary>The few things of the operating system that the base class library does not have.</summary>
internal static class Posix
{
    /// <summary>SIGINT: PostgreSQL's fast shutdown (disconnect everyone, checkpoint, end).</summary>
    public const int Interrupt = 2;

    /// <summary>SIGQUIT: PostgreSQL's immediate shutdown; the next start recovers from the log.</summary>
    public const int Quit = 3;

    /// <returns>False when there is no such process, or it is not ours to signal.</returns>
    public static bool Signal(int pid, int signal) => Kill(pid, signal) == 0;

    public static void ChangeOwner(string path, int uid, int gid)
    {
        if (Chown(path, (uint)uid, (uint)gid) != 0)
        {
            throw new IOException($"{path} could not be given to user {uid}: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    /// <summary>
    /// Whether the process runs. A zombie does not: process 1 of a container is often slow to reap, and until then
    /// <c>kill(pid, 0)</c> succeeds for a server that is long dead.
    /// </summary>
    public static bool IsAlive(int pid)
    {
        if (!Directory.Exists("/proc/self"))
        {
            return Kill(pid, 0) == 0;
        }

        // The state follows the name, which stands in brackets and may hold brackets and spaces itself.
        var stat = ReadOrNull($"/proc/{pid}/stat");
        return stat is not null && stat[(stat.LastIndexOf(')') + 1)..].TrimStart() is [not ('Z' or 'X'), ..];
    }

    /// <summary>The arguments of a running process; empty when there is none or they cannot be read.</summary>
    public static string[] ArgumentsOf(int pid)
    {
        if (Directory.Exists("/proc/self"))
        {
            return ReadOrNull($"/proc/{pid}/cmdline")?.Split('\0', StringSplitOptions.RemoveEmptyEntries) ?? [];
        }

        var start = new ProcessStartInfo("ps", ["-o", "command=", "-p", pid.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        };
        using var ps = Process.Start(start)!;
        return ps.StandardOutput.ReadToEnd().Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Running processes whose working directory is <paramref name="folder"/>; those we may not look at are left out.</summary>
    public static IEnumerable<int> ProcessesIn(string folder) =>
        !Directory.Exists("/proc/self")
            ? []
            : from directory in Directory.EnumerateDirectories("/proc")
              let pid = int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var number) ? number : 0
              where pid > 0 && LinkTarget($"{directory}/cwd") == folder && IsAlive(pid)
              select pid;

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // it has ended, or belongs to another user
        }
    }

    private static string? ReadOrNull(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // it has ended, or belongs to another user
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Kill(int pid, int signal);

    [DllImport("libc", EntryPoint = "chown", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Chown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint owner, uint group);
}
