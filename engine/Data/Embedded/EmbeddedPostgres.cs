using System.Globalization;
using System.Net;
using System.Net.Sockets;

using Microsoft.Extensions.Logging;

using Npgsql;

namespace Switchboard.Data.Embedded;

/// <summary>
/// A private PostgreSQL that this process starts, watches and stops: on 127.0.0.1, on a free port, with a random
/// password, under <c>postgres/</c> of the data folder. It ends when this process is killed; if it could not (macOS), the
/// next start finds it and goes on with it. Should the server itself be killed, it is started again on the same port.
/// </summary>
/// <remarks>
/// One host has a data folder at a time. Durability is PostgreSQL's own: nothing here turns <c>fsync</c> or
/// <c>full_page_writes</c> off. TLS is off because the package's OpenSSL is past its end of life: loopback only.
/// </remarks>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    /// <summary>The major version of the binaries in package.json, which the data folder's has to be.</summary>
    public const string MajorVersion = "18";

    /// <summary>The superuser that owns the database, and the database's own name.</summary>
    internal const string OwnerName = "switchboard";

    private readonly PostgresFolder folder;
    private readonly PostgresPackage package;
    private readonly Func<int> pickPort;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stopping = new();

    private Postmaster? master;
    private Task supervision = Task.CompletedTask;

    private EmbeddedPostgres(PostgresFolder folder, PostgresPackage package, Func<int> pickPort, ILogger logger, TimeProvider time)
    {
        this.folder = folder;
        this.package = package;
        this.pickPort = pickPort;
        this.logger = logger;
        this.time = time;
    }

    /// <summary>A connection string of the superuser that owns the database; the service itself works as lesser roles.</summary>
    public string OwnerConnectionString { get; private set; } = "";

    public int Port => master!.Port;

    /// <summary>The postmaster's process id; another one after the server was killed and started again.</summary>
    public int ProcessId => master!.Pid;

    /// <summary>
    /// Starts the server, or goes on with one that a killed host left running, and returns when it answers. The first
    /// start makes the data folder (1 to 4 s); later ones take 0.2 s, after a crash as long as the recovery.
    /// </summary>
    /// <param name="dataFolder">SWITCHBOARD_DATA; made when absent.</param>
    /// <param name="packageFolder">The folder of this package.json, with its node_modules; see <see cref="FindPackageFolder"/>.</param>
    /// <exception cref="EmbeddedPostgresException">It cannot run, and the message says how to mend that.</exception>
    public static Task<EmbeddedPostgres> StartAsync(
        string dataFolder, string packageFolder, ILogger logger, TimeProvider time, CancellationToken ct) =>
        StartAsync(dataFolder, packageFolder, logger, time, FreePort, ct);

    internal static async Task<EmbeddedPostgres> StartAsync(
        string dataFolder, string packageFolder, ILogger logger, TimeProvider time, Func<int> pickPort, CancellationToken ct)
    {
        var package = PostgresPackage.Open(packageFolder);
        var folder = await PostgresFolder.OwnAsync(dataFolder, time, ct);
        try
        {
            folder.User.ThrowIfClosed(Path.GetDirectoryName(package.Postgres)!);
            var server = new EmbeddedPostgres(folder, package, pickPort, logger, time);
            await server.StartAsync(ct);
            return server;
        }
        catch
        {
            await folder.DisposeAsync();
            throw;
        }
    }

    /// <summary>Looks for what would keep a start from working, without starting or changing anything.</summary>
    /// <exception cref="EmbeddedPostgresException">Something would.</exception>
    public static void Inspect(string dataFolder, string packageFolder)
    {
        var package = PostgresPackage.Open(packageFolder);
        var user = PostgresFolder.Inspect(dataFolder);
        user.ThrowIfClosed(Path.GetDirectoryName(package.Postgres)!);
    }

    /// <summary>
    /// The folder with the PostgreSQL package: <c>engine/Data/Embedded</c> of the checkout that <paramref name="from"/>
    /// lies in, or the <c>postgres</c> folder beside it (a container image).
    /// </summary>
    public static string FindPackageFolder(string from)
    {
        for (var at = new DirectoryInfo(from); at is not null; at = at.Parent)
        {
            foreach (var candidate in new[] { Path.Combine(at.FullName, "engine", "Data", "Embedded"), Path.Combine(at.FullName, "postgres") })
            {
                if (File.Exists(Path.Combine(candidate, "package.json")))
                {
                    return candidate;
                }
            }
        }

        return Path.Combine(from, "postgres");
    }

    /// <summary>Disconnects everyone, writes a checkpoint and ends the server; a few hundred milliseconds.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stopping.IsCancellationRequested)
        {
            return;
        }

        await stopping.CancelAsync();
        await supervision;
        try
        {
            await master!.StopAsync(time, CancellationToken.None);
        }
        finally
        {
            await folder.DisposeAsync();
            stopping.Dispose();
        }
    }

    private async Task StartAsync(CancellationToken ct)
    {
        await folder.InitialiseAsync(package, ct);
        master = await Postmaster.FindOrphanAsync(folder.DataFolder, package.Postgres, Arguments, time, ct);
        if (master is null)
        {
            master = await LaunchAsync(samePort: null, ct);
        }
        else
        {
            logger.LogInformation("Going on with the PostgreSQL (process {ProcessId}) that an earlier run left behind", master.Pid);
        }

        try
        {
            await CreateDatabaseAsync(ct);
        }
        catch
        {
            await master.StopAsync(time, CancellationToken.None);
            throw;
        }

        OwnerConnectionString = ConnectionString(master.Port, OwnerName);
        supervision = SuperviseAsync();
    }

    /// <summary>Starts the server again when it ends without having been told to.</summary>
    private async Task SuperviseAsync()
    {
        var pause = TimeSpan.FromMilliseconds(200);
        while (true)
        {
            await Task.WhenAny(master!.Exited, Task.Delay(Timeout.InfiniteTimeSpan, time, stopping.Token));
            if (stopping.IsCancellationRequested)
            {
                return;
            }

            logger.LogError("PostgreSQL ended unexpectedly (exit code {ExitCode}); starting it again on port {Port}", await master.Exited, master.Port);
            try
            {
                master = await LaunchAsync(master.Port, stopping.Token);
                pause = TimeSpan.FromMilliseconds(200);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is EmbeddedPostgresException or IOException or System.ComponentModel.Win32Exception)
            {
                logger.LogError(e, "PostgreSQL could not be started again; the next try is in {Pause}", pause);
                await Task.WhenAny(Task.Delay(pause, time, stopping.Token));
                pause = pause * 2 < TimeSpan.FromSeconds(30) ? pause * 2 : TimeSpan.FromSeconds(30);
            }
        }
    }

    /// <param name="samePort">The port to have again; null picks a free one, and another when that has been taken meanwhile.</param>
    private async Task<Postmaster> LaunchAsync(int? samePort, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            await Postmaster.RemoveStaleLockAsync(folder.DataFolder, time, ct);
            var started = time.GetTimestamp();
            var port = samePort ?? pickPort();
            var launched = await Postmaster.StartAsync(folder.User, package.Postgres, Arguments(port), port);
            try
            {
                await WaitUntilReadyAsync(launched, ct);
                logger.LogInformation("PostgreSQL runs on 127.0.0.1:{Port} after {Elapsed:0} ms", port, time.GetElapsedTime(started).TotalMilliseconds);
                return launched;
            }
            catch (EmbeddedPostgresException e) when (e.Code == "port_in_use" && samePort is null && attempt < 5)
            {
                logger.LogWarning("Port {Port} was taken by another program in the meantime; picking another", port);
            }
            catch
            {
                await launched.StopAsync(time, CancellationToken.None);
                throw;
            }
        }
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>
    /// Waits until the server itself says that it is ready; connecting before that could reach another program on a
    /// taken port. Recovery after a crash may take as long as it takes, as long as the person at the terminal is told.
    /// </summary>
    private async Task WaitUntilReadyAsync(Postmaster launched, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var reported = TimeSpan.Zero;
        while (Postmaster.ReadLock(folder.DataFolder) is not var (pid, _, status) || pid != launched.Pid || status != "ready")
        {
            if (launched.Exited.IsCompleted)
            {
                throw EmbeddedPostgresException.From("postgres", await launched.Exited, launched.Output + folder.LogTail(), folder.DataFolder);
            }

            if (time.GetElapsedTime(started) - reported > TimeSpan.FromSeconds(10))
            {
                reported = time.GetElapsedTime(started);
                logger.LogInformation("PostgreSQL is not ready after {Elapsed:0} s; it may be recovering from a crash", reported.TotalSeconds);
            }

            await Task.WhenAny(launched.Exited, Task.Delay(TimeSpan.FromMilliseconds(10), time, ct));
            ct.ThrowIfCancellationRequested();
        }
    }

    private async Task CreateDatabaseAsync(CancellationToken ct)
    {
        await WaitUntilReadyAsync(master!, ct);
        await using var connection = new NpgsqlConnection(ConnectionString(master!.Port, "postgres"));
        try
        {
            await connection.OpenAsync(ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidPassword)
        {
            throw new EmbeddedPostgresException("wrong_password", $"PostgreSQL in {folder.DataFolder} does not accept the password in "
                + $"{folder.PasswordFile}. Put the file back that was made with the data, or set SWITCHBOARD_DATA to a new folder.", e);
        }

        await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection) { Parameters = { new() { Value = OwnerName } } };
        if (await exists.ExecuteScalarAsync(ct) is null)
        {
            await using var create = new NpgsqlCommand($"create database {OwnerName}", connection);
            await create.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>
    /// Sized for one service on a small machine. Statements and row values stay out of the server's log: they hold
    /// personal data, and the host logs its own errors.
    /// </summary>
    private string[] Arguments(int port) =>
    [
        "-D", folder.DataFolder,
        "-c", "listen_addresses=127.0.0.1",
        "-c", string.Create(CultureInfo.InvariantCulture, $"port={port}"),
        "-c", "unix_socket_directories=",
        "-c", "max_connections=200",
        "-c", "shared_buffers=256MB",
        "-c", "effective_cache_size=1GB",
        "-c", "work_mem=16MB",
        "-c", "maintenance_work_mem=128MB",
        "-c", "wal_buffers=16MB",
        "-c", "min_wal_size=256MB",
        "-c", "max_wal_size=2GB",
        "-c", "checkpoint_timeout=15min",
        "-c", "checkpoint_completion_target=0.9",
        "-c", "random_page_cost=1.1",
        "-c", "autovacuum_naptime=15s",
        "-c", "timezone=UTC",
        "-c", "log_timezone=UTC",
        "-c", "logging_collector=on",
        "-c", "log_directory=log",
        "-c", "log_filename=postgres-%a.log",
        "-c", "log_truncate_on_rotation=on",
        "-c", "log_rotation_age=1d",
        "-c", "log_error_verbosity=terse",
        "-c", "log_min_error_statement=panic",
    ];

    private string ConnectionString(int port, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = OwnerName,
        Password = folder.Password,
        Database = database,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
        Pooling = database == OwnerName,
        Timeout = 15,
    }.ConnectionString;
}
