namespace Switchboard.Data.Embedded;

/// <summary>
/// The embedded server cannot run. The message is for the person at the terminal: it says what is wrong, in which
/// folder, and how to mend it.
/// </summary>
public sealed class EmbeddedPostgresException : Exception
{
    /// <param name="code">Stable, snake_case: <c>wrong_version</c>, <c>disk_full</c>, <c>in_use</c>, …</param>
    public EmbeddedPostgresException(string code, string message, Exception? cause = null)
        : base(message, cause) => Code = code;

    public string Code { get; }

    /// <summary>Turns what <c>initdb</c> or <c>postgres</c> printed before they gave up into a sentence that helps.</summary>
    internal static EmbeddedPostgresException From(string program, int exitCode, string output, string folder)
    {
        if (Says("No space left on device") || Says("Disk quota exceeded"))
        {
            return new("disk_full", $"The disk that holds {folder} is full ({FreeSpace(folder)}), so PostgreSQL cannot "
                + "start. Free some space, or set SWITCHBOARD_DATA to a folder on a larger disk.");
        }

        if (Says("Address already in use") || Says("could not create any TCP/IP sockets"))
        {
            return new("port_in_use", "The port that was picked for PostgreSQL on 127.0.0.1 has been taken by another "
                + "program. Start again; another port will be picked.");
        }

        if (Says("are incompatible with server"))
        {
            return new("wrong_version", $"The data in {folder} was written by another version of PostgreSQL than the one "
                + "in this release. Start with the release that wrote it, or set SWITCHBOARD_DATA to a new folder.");
        }

        if (Says("error while loading shared libraries") || Says("Library not loaded"))
        {
            return new("package_incomplete", "The PostgreSQL package misses a library: run "
                + $"`npm ci --ignore-scripts` in engine/Data/Embedded again. It said: {LastLine()}");
        }

        if (Says("Cannot allocate memory") || Says("could not map anonymous shared memory"))
        {
            return new("out_of_memory", "PostgreSQL did not get the memory it needs (about 400 MB). Free some, raise the "
                + "limit of this container, or set SWITCHBOARD_DB to a server elsewhere.");
        }

        if (Says("has wrong ownership") || Says("Permission denied"))
        {
            return new("not_permitted", $"PostgreSQL may not use {folder}: {LastLine()}. The folder and all in it must "
                + "belong to the user that PostgreSQL runs as (this user, or `nobody` when started as root).");
        }

        return new("cannot_start", $"{program} ended with exit code {exitCode} for {folder}: {LastLine()}");

        bool Says(string text) => output.Contains(text, StringComparison.Ordinal);

        string LastLine() => output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .LastOrDefault(line => line.Contains("FATAL", StringComparison.Ordinal)
                || line.Contains("error", StringComparison.OrdinalIgnoreCase))
            ?? output.Trim().Split('\n')[^1];
    }

    private static string FreeSpace(string folder)
    {
        try
        {
            return $"{new DriveInfo(folder).AvailableFreeSpace / 1024 / 1024} MB free";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "free space unknown";
        }
    }
}
