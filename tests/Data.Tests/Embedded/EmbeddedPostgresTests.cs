using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

using FluentAssertions;

using Microsoft.Extensions.Logging.Abstractions;

using Npgsql;

using Switchboard.Data.Embedded;

using Xunit;

namespace Switchboard.Data.Tests.Embedded;

/// <summary>Real servers in folders of their own: each start costs 1 to 4 s for initdb, so a test does several things with one.</summary>
public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("switchboard-embedded-").FullName;

    public EmbeddedPostgresTests() => File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);

    private static string Package => EmbeddedPostgres.FindPackageFolder(AppContext.BaseDirectory);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_was_written_is_there_after_a_restart_and_the_password_stays_private()
    {
        await using (var first = await StartAsync())
        {
            await ExecuteAsync(first, "create table things (name text); insert into things values ('kept')");
            (await ScalarAsync(first, "show fsync")).Should().Be("on");
            (await ScalarAsync(first, "show data_checksums")).Should().Be("on");
            (await ScalarAsync(first, "select datlocale from pg_database where datname = current_database()")).Should().Be("C.UTF-8");
            (await ScalarAsync(first, "show listen_addresses")).Should().Be("127.0.0.1");
            await ExecuteAsync(first, "create extension pg_trgm");
        }

        await using var second = await StartAsync();

        (await ScalarAsync(second, "select name from things")).Should().Be("kept");
        File.GetUnixFileMode(Path.Combine(folder, "postgres", "password"))
            .Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.ReadAllText(Path.Combine(folder, "postgres", "data", "log", Directory.GetFiles(Path.Combine(folder, "postgres", "data", "log"))[0]))
            .Should().NotContain("not properly shut down", "the first server was ended cleanly");
    }

    [Fact]
    public async Task A_wrong_password_is_refused_over_the_loopback()
    {
        await using var server = await StartAsync();
        var wrong = new NpgsqlConnectionStringBuilder(server.OwnerConnectionString) { Password = "guessed", Pooling = false }.ConnectionString;

        var open = async () =>
        {
            await using var connection = new NpgsqlConnection(wrong);
            await connection.OpenAsync();
        };

        (await open.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.InvalidPassword);
    }

    [Fact]
    public async Task A_server_that_is_killed_is_started_again_on_the_same_port_and_loses_nothing_committed()
    {
        await using var server = await StartAsync();
        await ExecuteAsync(server, "create table things (name text); insert into things values ('committed')");
        var (port, killed) = (server.Port, server.ProcessId);

        Process.GetProcessById(killed).Kill();

        await UntilAsync("a new server answers", async () =>
            server.ProcessId != killed && (string?)await ScalarAsync(server, "select name from things") == "committed");
        server.Port.Should().Be(port);
    }

    [Fact]
    public async Task A_host_that_is_killed_takes_its_server_along_and_the_next_one_recovers()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // only Linux has a death signal; elsewhere the next host finds the server (below)
        }

        int postmaster;
        using (var host = await EmbeddedHost.StartAsync(folder))
        {
            postmaster = host.ServerProcessId;
            await ExecuteAsync(host.ConnectionString, "create table things (name text); insert into things values ('committed')");
            host.Kill();
        }

        await UntilAsync($"the server {postmaster} has ended", () => Task.FromResult(!IsRunning(postmaster)));
        await using var server = await StartAsync();
        (await ScalarAsync(server, "select name from things")).Should().Be("committed");
    }

    [Fact]
    public async Task A_server_and_its_host_killed_together_leave_a_lock_that_does_not_stop_the_next_start()
    {
        using (var host = await EmbeddedHost.StartAsync(folder))
        {
            await ExecuteAsync(host.ConnectionString, "create table things (name text); insert into things values ('committed')");
            Process.GetProcessById(host.ServerProcessId).Kill();
            host.Kill();
        }

        await using var server = await StartAsync();

        (await ScalarAsync(server, "select name from things")).Should().Be("committed");
    }

    [Fact]
    public async Task A_lock_file_whose_number_belongs_to_another_program_by_now_is_no_obstacle()
    {
        await (await StartAsync()).DisposeAsync();
        var data = Path.Combine(folder, "postgres", "data");
        var own = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(Path.Combine(data, "postmaster.pid"), [own, data, "1", "5432", "", "127.0.0.1", "", "ready   "]);

        await using var server = await StartAsync();

        (await ScalarAsync(server, "select 1")).Should().Be(1);
    }

    [Fact]
    public async Task A_server_that_a_killed_host_left_running_is_found_and_used()
    {
        using var host = await EmbeddedHost.StartAsync(folder);
        await ExecuteAsync(host.ConnectionString, "create table things (name text); insert into things values ('committed')");
        // A copy of the server's own command line without the death signal stands for an orphan.
        var arguments = (await File.ReadAllTextAsync($"/proc/{host.ServerProcessId}/cmdline")).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        host.Kill();
        await UntilAsync("the first server has ended", () => Task.FromResult(!IsRunning(host.ServerProcessId)));
        using var orphan = StartOrphan(arguments);
        await UntilAsync("the orphan answers", () => AnswersAsync(host.ConnectionString));

        var server = await StartAsync();

        try
        {
            server.ProcessId.Should().Be(orphan.Id);
            (await ScalarAsync(server, "select name from things")).Should().Be("committed");
        }
        finally
        {
            await server.DisposeAsync();
        }

        (await orphan.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20)).ContinueWith(_ => orphan.HasExited, TaskScheduler.Default))
            .Should().BeTrue("the host that goes on with a server also ends it");
    }

    [Fact]
    public async Task Data_of_another_major_version_is_refused_by_name()
    {
        var data = Directory.CreateDirectory(Path.Combine(folder, "postgres", "data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "PG_VERSION"), "17\n");

        var refused = await Refused();

        refused.Code.Should().Be("wrong_version");
        refused.Message.Should().Contain(data).And.Contain("PostgreSQL 17").And.Contain("SWITCHBOARD_DATA");
    }

    [Fact]
    public async Task A_folder_that_is_not_PostgreSQLs_is_left_alone()
    {
        var data = Directory.CreateDirectory(Path.Combine(folder, "postgres", "data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "holiday.jpg"), "");

        (await Refused()).Code.Should().Be("not_a_data_folder");

        File.Exists(Path.Combine(data, "holiday.jpg")).Should().BeTrue();
    }

    [Fact]
    public async Task A_second_host_on_the_same_folder_is_told_who_has_it()
    {
        using var host = await EmbeddedHost.StartAsync(folder);

        var refused = await Refused();

        refused.Code.Should().Be("in_use");
        refused.Message.Should().Contain(host.Id.ToString(CultureInfo.InvariantCulture)).And.Contain("SWITCHBOARD_DB");
    }

    [Fact]
    public async Task A_password_file_that_is_not_the_datas_own_is_called_so_and_no_server_stays_behind()
    {
        await (await StartAsync()).DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(folder, "postgres", "password"), "another");

        (await Refused()).Code.Should().Be("wrong_password");

        File.Exists(Path.Combine(folder, "postgres", "data", "postmaster.pid")).Should().BeFalse();
    }

    [Fact]
    public async Task A_missing_package_says_how_to_get_it()
    {
        var start = () => EmbeddedPostgres.StartAsync(folder, folder, NullLogger.Instance, TimeProvider.System, CancellationToken.None);

        var refused = (await start.Should().ThrowAsync<EmbeddedPostgresException>()).Which;

        refused.Code.Should().Be("package_missing");
        refused.Message.Should().Contain("npm ci --ignore-scripts").And.Contain(folder);
    }

    [Fact]
    public async Task A_folder_that_the_servers_user_cannot_reach_is_named()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return; // an ordinary user runs the server as itself
        }

        var closed = Directory.CreateDirectory(Path.Combine(folder, "home"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var start = () => EmbeddedPostgres.StartAsync(
            Path.Combine(closed.FullName, "data"), Package, NullLogger.Instance, TimeProvider.System, CancellationToken.None);

        var refused = (await start.Should().ThrowAsync<EmbeddedPostgresException>()).Which;

        refused.Code.Should().Be("not_traversable");
        refused.Message.Should().Contain($"chmod o+x {closed.FullName}");
    }

    [Fact]
    public async Task A_full_disk_is_called_a_full_disk()
    {
        var small = Directory.CreateDirectory(Path.Combine(folder, "small")).FullName;
        using var mount = Process.Start("mount", ["-t", "tmpfs", "-o", "size=20m", "tmpfs", small]);
        await mount.WaitForExitAsync();
        if (mount.ExitCode != 0)
        {
            return; // mounting needs the right to; the message itself is tested below
        }

        try
        {
            File.SetUnixFileMode(small, (UnixFileMode)0b111_101_101);
            var start = () => EmbeddedPostgres.StartAsync(small, Package, NullLogger.Instance, TimeProvider.System, CancellationToken.None);

            var refused = (await start.Should().ThrowAsync<EmbeddedPostgresException>()).Which;

            refused.Code.Should().Be("disk_full");
            refused.Message.Should().Contain(small).And.Contain("MB free");
        }
        finally
        {
            using var unmount = Process.Start("umount", [small]);
            await unmount.WaitForExitAsync();
        }
    }

    [Theory]
    [InlineData("FATAL:  could not write lock file \"postmaster.pid\": No space left on device", "disk_full")]
    [InlineData("LOG:  could not bind IPv4 address \"127.0.0.1\": Address already in use", "port_in_use")]
    [InlineData("FATAL:  database files are incompatible with server", "wrong_version")]
    [InlineData("postgres: error while loading shared libraries: libicui18n.so.60", "package_incomplete")]
    [InlineData("FATAL:  could not map anonymous shared memory: Cannot allocate memory", "out_of_memory")]
    [InlineData("FATAL:  data directory \"/x\" has wrong ownership", "not_permitted")]
    [InlineData("FATAL:  something new", "cannot_start")]
    public void What_the_server_says_before_it_gives_up_is_translated(string output, string code)
    {
        var told = EmbeddedPostgresException.From("postgres", 1, output, folder);

        told.Code.Should().Be(code);
        told.Message.Should().Contain(code == "cannot_start" ? "something new" : ". ");
    }

    [Fact]
    public async Task A_port_that_is_taken_meanwhile_is_replaced_by_another()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var taken = ((IPEndPoint)listener.LocalEndpoint).Port;
        var picks = new Queue<int>([taken, EmbeddedPostgres.FreePort()]);

        await using var server = await EmbeddedPostgres.StartAsync(
            folder, Package, NullLogger.Instance, TimeProvider.System, picks.Dequeue, CancellationToken.None);

        server.Port.Should().NotBe(taken);
        (await ScalarAsync(server, "select 1")).Should().Be(1);
    }

    private Task<EmbeddedPostgres> StartAsync() =>
        EmbeddedPostgres.StartAsync(folder, Package, NullLogger.Instance, TimeProvider.System, CancellationToken.None);

    private async Task<EmbeddedPostgresException> Refused() =>
        (await ((Func<Task>)(async () => await (await StartAsync()).DisposeAsync())).Should().ThrowAsync<EmbeddedPostgresException>()).Which;

    private static Task ExecuteAsync(EmbeddedPostgres server, string sql) => ExecuteAsync(server.OwnerConnectionString, sql);

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> ScalarAsync(EmbeddedPostgres server, string sql)
    {
        try
        {
            await using var connection = new NpgsqlConnection(server.OwnerConnectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteScalarAsync();
        }
        catch (NpgsqlException e) when (e is not PostgresException || e.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown)
        {
            return null; // not up again yet
        }
    }

    private static async Task<bool> AnswersAsync(string connectionString)
    {
        try
        {
            await ExecuteAsync(connectionString, "select 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static bool IsRunning(int pid) =>
        File.Exists($"/proc/{pid}/stat") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z", StringComparison.Ordinal);

    private static Process StartOrphan(string[] arguments)
    {
        string[] words = Environment.IsPrivilegedProcess
            ? ["setsid", "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", .. arguments]
            : ["setsid", .. arguments];
        return Process.Start(new ProcessStartInfo(words[0], words.Skip(1)) { RedirectStandardError = true, RedirectStandardOutput = true })!;
    }

    private static async Task UntilAsync(string phase, Func<Task<bool>> holds)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(60))
            {
                throw new TimeoutException($"After 60 s still not: {phase}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
