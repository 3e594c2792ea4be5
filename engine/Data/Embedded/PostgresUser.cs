using System.Diagnostics;
using System.Globalization;

namespace Switchboard.Data.Embedded;

/// <summary>
/// The user that PostgreSQL runs as: ourselves, or, because it refuses to run as root, an unprivileged one when we are.
/// </summary>
/// <param name="Uid">Null when it is ourselves.</param>
internal sealed record PostgresUser(int? Uid, int Gid)
{
    private static readonly string[] ProgramFolders = ["/usr/bin", "/bin", "/usr/local/bin"];

    /// <param name="dataFolder">When it exists already, its owner is the user.</param>
    public static PostgresUser For(string dataFolder)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return new PostgresUser(null, 0);
        }

        if (!OperatingSystem.IsLinux() || Find("setpriv") is null)
        {
            throw new EmbeddedPostgresException("root", "PostgreSQL does not run as root, and this system has no `setpriv` "
                + "to run it as somebody else. Start as an ordinary user, or set SWITCHBOARD_DB to a server.");
        }

        var owner = OwnerOf(dataFolder);
        // initdb asks for the name of its user even when it is told one (getpwuid), so the user has to be a known one.
        var known = from line in File.ReadLines("/etc/passwd")
                    let fields = line.Split(':')
                    where fields.Length >= 4 && (owner is null ? fields[0] == "nobody" : fields[2] == owner)
                    select new PostgresUser(int.Parse(fields[2], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture));
        return known.FirstOrDefault() ?? throw new EmbeddedPostgresException("root", "PostgreSQL does not run as root, and "
            + $"there is no user {owner ?? "nobody"} in /etc/passwd to run it as. Start as an ordinary user, or set SWITCHBOARD_DB to a server.");
    }

    /// <summary>
    /// A process that runs <paramref name="program"/> as this user, in a session of its own, so that Ctrl-C at the
    /// terminal reaches the host alone; each of the programs in front replaces itself by the next, so the process is
    /// <paramref name="program"/> in the end.
    /// </summary>
    /// <param name="diesWithUs">The kernel interrupts it when the <em>thread</em> that started it ends.</param>
    public ProcessStartInfo Command(string program, IEnumerable<string> arguments, bool diesWithUs)
    {
        List<string> words = [];
        if (OperatingSystem.IsLinux() && Find("setsid") is { } setsid)
        {
            words.Add(setsid);
        }

        if (OperatingSystem.IsLinux() && Find("setpriv") is { } setpriv)
        {
            words.Add(setpriv);
            words.Add("--no-new-privs");
            if (Uid is { } uid)
            {
                words.AddRange([$"--reuid={uid}", $"--regid={Gid}", "--clear-groups"]);
            }

            if (diesWithUs)
            {
                words.Add("--pdeathsig=INT");
            }

            words.Add("--");
        }

        words.Add(program);
        words.AddRange(arguments);
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = "/", // ours may be closed to that user
        };

        // Our environment holds secrets (SWITCHBOARD_ADMIN_PASSWORD) that are none of the server's business.
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/bin:/usr/bin:/bin";
        start.Environment["LC_ALL"] = "C";
        start.Environment["TZ"] = "UTC";
        return start;
    }

    /// <summary>Gives a file or folder to this user.</summary>
    public void Give(string path)
    {
        if (Uid is { } uid)
        {
            Posix.ChangeOwner(path, uid, Gid);
        }
    }

    /// <summary>Refuses a folder that this user cannot reach because one above it is closed to others, which root's home is.</summary>
    public void ThrowIfClosed(string folder)
    {
        if (Uid is null)
        {
            return;
        }

        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (at.Exists && !at.UnixFileMode.HasFlag(UnixFileMode.OtherExecute) && !CanEnter(at.FullName))
            {
                throw new EmbeddedPostgresException("not_traversable", $"PostgreSQL runs as user {Uid} because it refuses to run "
                    + $"as root, and that user cannot reach {folder}: {at.FullName} is closed to it. Run `chmod o+x {at.FullName}`, "
                    + "or keep the project, or the data with SWITCHBOARD_DATA, in a folder that others may enter.");
            }
        }
    }

    // The mode bits do not tell of groups and access control lists, so the user itself is asked before we refuse.
    private bool CanEnter(string folder)
    {
        using var test = Process.Start(Command("/usr/bin/test", ["-x", folder], diesWithUs: false))!;
        test.WaitForExit();
        return test.ExitCode == 0;
    }

    private static string? OwnerOf(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        using var stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%u", folder]) { RedirectStandardOutput = true })!;
        var owner = stat.StandardOutput.ReadToEnd().Trim();
        return owner is "" or "0" ? null : owner;
    }

    private static string? Find(string program) =>
        ProgramFolders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
