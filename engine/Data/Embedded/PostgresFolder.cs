using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Switchboard.Data.Embedded;

/// <summary>
/// What the embedded server keeps on disk: <c>data/</c> (its own), <c>password</c> and <c>owner.lock</c>. Holding one of
/// these objects means owning the folder.
/// </summary>
internal sealed class PostgresFolder : IAsyncDisposable
{
    /// <summary>initdb writes 40 MB and the first hours of log some more; with less than this it is not even tried.</summary>
    private const long LeastFreeBytes = 128L << 20;

    /// <summary>How long a host that is just ending may keep the folder.</summary>
    private static readonly TimeSpan OwnerPatience = TimeSpan.FromSeconds(10);

    private readonly string folder;
    private readonly FileStream ownership;

    private PostgresFolder(string folder, PostgresUser user, FileStream ownership)
    {
        this.folder = folder;
        this.ownership = ownership;
        User = user;
        Password = ReadOrMakePassword();
    }

    public PostgresUser User { get; }

    public string Password { get; }

    public string PasswordFile => Path.Combine(folder, "password");

    /// <summary>PostgreSQL's own data folder, the <c>-D</c> of its command line.</summary>
    public string DataFolder => Path.Combine(folder, "data");

    /// <summary>Takes the folder for this process. The lock is the kernel's and goes with the process, however that ends.</summary>
    public static async Task<PostgresFolder> OwnAsync(string dataFolder, TimeProvider time, CancellationToken ct)
    {
        var folder = Path.Combine(Path.GetFullPath(dataFolder), "postgres");
        var user = PostgresUser.For(Path.Combine(folder, "data"));
        Make(folder, user);
        var ownership = await LockAsync(folder, time, ct);
        try
        {
            user.ThrowIfClosed(folder);
            return new PostgresFolder(folder, user, ownership);
        }
        catch
        {
            await ownership.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc cref="EmbeddedPostgres.Inspect"/>
    public static PostgresUser Inspect(string dataFolder)
    {
        var data = Path.Combine(Path.GetFullPath(dataFolder), "postgres", "data");
        var user = PostgresUser.For(data);
        user.ThrowIfClosed(data);
        if (Directory.Exists(data))
            ThrowIfForeign(data);
        return user;
    }

    public ValueTask DisposeAsync() => ownership.DisposeAsync();

    /// <summary>Makes PostgreSQL's data folder when there is none yet, and refuses one that this release cannot use.</summary>
    public async Task InitialiseAsync(PostgresPackage package, CancellationToken ct)
    {
        if (Directory.Exists(DataFolder))
        {
            ThrowIfForeign(DataFolder);
            return;
        }

        var free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < LeastFreeBytes)
        {
            throw new EmbeddedPostgresException("disk_full", $"The disk that holds {folder} has {free >> 20} MB free; PostgreSQL "
                + $"needs at least {LeastFreeBytes >> 20} MB to begin with. Free some space, or set SWITCHBOARD_DATA to a folder "
                + "on a larger disk.");
        }

        // Renamed when complete, so that a start that was killed half-way leaves nothing that looks like data.
        var draft = Path.Combine(folder, "data.init");
        var passwordCopy = Path.Combine(folder, "password.init");
        DeleteFolder(draft);
        try
        {
            Directory.CreateDirectory(draft, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            User.Give(draft);
            WritePrivate(passwordCopy, Password);
            User.Give(passwordCopy);
            await RunInitdbAsync(package, draft, passwordCopy, ct);
            Directory.Move(draft, DataFolder);
        }
        finally
        {
            File.Delete(passwordCopy);
            DeleteFolder(draft);
        }
    }

    /// <summary>The end of the server's newest log: soon after its first line everything goes there and not to its output.</summary>
    public string LogTail()
    {
        var logs = new DirectoryInfo(Path.Combine(DataFolder, "log"));
        var newest = logs.Exists ? logs.GetFiles("postgres-*.log").MaxBy(file => file.LastWriteTimeUtc) : null;
        return newest is null ? "" : string.Join('\n', File.ReadLines(newest.FullName).TakeLast(20));
    }

    private async Task RunInitdbAsync(PostgresPackage package, string draft, string passwordFile, CancellationToken ct)
    {
        using var initdb = Process.Start(User.Command(package.Initdb,
        [
            "-D", draft, "-U", EmbeddedPostgres.OwnerName, "--pwfile", passwordFile, "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            "--data-checksums", "--text-search-config=simple", "--no-instructions",
        ], diesWithUs: false))!;
        initdb.StandardInput.Close();
        var output = initdb.StandardOutput.ReadToEndAsync(ct);
        var errors = initdb.StandardError.ReadToEndAsync(ct);
        await initdb.WaitForExitAsync(ct);
        if (initdb.ExitCode != 0)
        {
            throw EmbeddedPostgresException.From("initdb", initdb.ExitCode, await output + await errors, folder);
        }
    }

    private static void ThrowIfForeign(string data)
    {
        try
        {
            var version = File.ReadAllText(Path.Combine(data, "PG_VERSION")).Trim();
            if (version != EmbeddedPostgres.MajorVersion)
            {
                throw new EmbeddedPostgresException("wrong_version", $"{data} was written by PostgreSQL {version}; this release "
                    + $"brings PostgreSQL {EmbeddedPostgres.MajorVersion}, which cannot read it. Start with the release that wrote it "
                    + "and move the data with pg_dump, or set SWITCHBOARD_DATA to a new folder.");
            }
        }
        catch (FileNotFoundException e)
        {
            throw new EmbeddedPostgresException("not_a_data_folder", $"{data} exists but is not a PostgreSQL data folder (it "
                + "has no PG_VERSION). Move it away, or set SWITCHBOARD_DATA to a new folder.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new EmbeddedPostgresException("not_permitted", $"{data} belongs to another user; it was probably made by a "
                + "start as root. Start as root again, give the folder to this user, or set SWITCHBOARD_DATA to a new folder.", e);
        }
    }

    private static async Task<FileStream> LockAsync(string folder, TimeProvider time, CancellationToken ct)
    {
        var path = Path.Combine(folder, "owner.lock");
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                File.WriteAllText(OwnerFile(folder), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
                return file;
            }
            catch (UnauthorizedAccessException e)
            {
                throw new EmbeddedPostgresException("not_permitted", $"{path} cannot be written: {e.Message} Give the folder to this "
                    + "user, or set SWITCHBOARD_DATA to a folder of this user's own.", e);
            }
            catch (IOException e) when (new DriveInfo(folder).AvailableFreeSpace == 0)
            {
                throw EmbeddedPostgresException.From("switchboard", 1, $"No space left on device: {e.Message}", folder);
            }
            catch (IOException e) when (time.GetElapsedTime(started) > OwnerPatience)
            {
                throw new EmbeddedPostgresException("in_use", $"Another switchboard (process {OwnerOf(folder)}) uses {folder}. Stop it, or set "
                    + $"SWITCHBOARD_DATA to another folder; several nodes share one database by SWITCHBOARD_DB. ({e.Message})", e);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, ct);
            }
        }
    }

    // Not in the locked file itself: nobody else can open that.
    private static string OwnerFile(string folder) => Path.Combine(folder, "owner.pid");

    private static string OwnerOf(string folder) => File.Exists(OwnerFile(folder)) ? File.ReadAllText(OwnerFile(folder)) : "unknown";

    /// <summary>Open to passers-by whatever our umask, when the server's user is another one: it has to get through. What is inside is closed.</summary>
    private static void Make(string folder, PostgresUser user)
    {
        var missing = new Stack<string>();
        for (var at = folder; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at))
        {
            missing.Push(at);
        }

        try
        {
            foreach (var made in missing)
            {
                Directory.CreateDirectory(made);
                if (user.Uid is not null)
                {
                    File.SetUnixFileMode(made, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
                }
            }
        }
        catch (UnauthorizedAccessException e)
        {
            throw new EmbeddedPostgresException("not_permitted", $"{folder} cannot be made: {e.Message} Set SWITCHBOARD_DATA to a "
                + "folder of this user's own.", e);
        }
        catch (IOException e)
        {
            throw new EmbeddedPostgresException("cannot_start", $"{folder} cannot be made: {e.Message} Set SWITCHBOARD_DATA to "
                + "another folder.", e);
        }
    }

    private static void DeleteFolder(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private string ReadOrMakePassword()
    {
        if (!File.Exists(PasswordFile))
        {
            WritePrivate(PasswordFile, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        }

        return File.ReadAllText(PasswordFile).Trim();
    }

    private static void WritePrivate(string path, string content)
    {
        File.Delete(path);
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(Encoding.ASCII.GetBytes(content));
    }
}
