using System.Diagnostics;

using FluentAssertions;

using Npgsql;

using Switchboard.Data.Commit;

using Xunit;

using static Switchboard.Data.Tests.Commit.CommitDatabase;

namespace Switchboard.Data.Tests.Commit;

/// <summary>What is acknowledged is there once, and what is refused is not, however the connection ends.</summary>
public sealed class LostConnectionTests(CommitDatabase database) : IClassFixture<CommitDatabase>
{
    [Fact]
    public async Task Ending_the_committers_server_process_again_and_again_loses_and_doubles_nothing()
    {
        await using var committer = database.NewCommitter(options: new CommitOptions { Attempts = 100 });
        using var stop = new CancellationTokenSource();
        var killer = EndServerProcessesAsync(stop.Token);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => CountUpAsync(committer, $"ended-{worker}", 150)));
        await stop.CancelAsync();

        (await killer).Should().BeGreaterThan(3, "the test is about ended processes");
        (await database.ThingsAsync("ended-")).Values.Should().HaveCount(16).And.OnlyContain(row => row.Amount == 150 && row.Version == 151);
    }

    [Fact]
    public async Task A_transaction_whose_answer_was_lost_is_found_to_be_committed()
    {
        await using var proxy = new CuttingProxy(database.ConnectionString);
        await using var through = NpgsqlDataSource.Create(proxy.ConnectionString);
        await using var committer = database.NewCommitter(through);
        var id = NewId();
        await committer.CommitAsync(Inserting(id, "answer"), CancellationToken.None);

        for (var n = 1; n <= 30; n++)
        {
            proxy.CutBeforeNextAnswer();
            var step = NewStep();
            step.Update(Things, Thing(id, "answer", n, n + 1), n);
            (await committer.CommitAsync(step, CancellationToken.None)).Should().Be(StepOutcome.Committed);
        }

        proxy.Cuts.Should().BeGreaterThanOrEqualTo(30);
        (await database.ThingsAsync("answer"))[id].Should().Be(("answer", 30L, 31L));
    }

    [Fact]
    public async Task A_transaction_that_never_arrived_is_sent_again()
    {
        await using var proxy = new CuttingProxy(database.ConnectionString);
        await using var through = NpgsqlDataSource.Create(proxy.ConnectionString);
        await using var committer = database.NewCommitter(through);
        var id = NewId();
        await committer.CommitAsync(Inserting(id, "request"), CancellationToken.None);

        for (var n = 1; n <= 30; n++)
        {
            proxy.CutAfterNextRequestBytes(n * 8);
            var step = NewStep();
            step.Update(Things, Thing(id, "request", n, n + 1), n);
            (await committer.CommitAsync(step, CancellationToken.None)).Should().Be(StepOutcome.Committed);
        }

        proxy.Cuts.Should().BeGreaterThanOrEqualTo(30);
        (await database.ThingsAsync("request"))[id].Should().Be(("request", 30L, 31L));
    }

    [Fact]
    public async Task A_database_that_stays_away_is_said_so_and_one_that_returns_is_used_again()
    {
        await using var proxy = new CuttingProxy(database.ConnectionString);
        await using var through = NpgsqlDataSource.Create(proxy.ConnectionString);
        await using var committer = database.NewCommitter(through, new CommitOptions { Patience = TimeSpan.FromMilliseconds(300) });
        await committer.CommitAsync(Inserting(NewId(), "away-before"), CancellationToken.None);
        proxy.Refuse(true);

        var sent = () => committer.CommitAsync(Inserting(NewId(), "away-sent"), CancellationToken.None);
        (await sent.Should().ThrowAsync<CommitException>()).Which.MayHaveCommitted.Should().BeTrue();
        var unsent = () => committer.CommitAsync(Inserting(NewId(), "away-unsent"), CancellationToken.None);
        (await unsent.Should().ThrowAsync<CommitException>()).Which.MayHaveCommitted.Should().BeFalse();
        proxy.Refuse(false);
        var after = await committer.CommitAsync(Inserting(NewId(), "away-after"), CancellationToken.None);

        after.Should().Be(StepOutcome.Committed);
        (await database.ThingsAsync("away-")).Values.Select(row => row.Name).Should().BeEquivalentTo("away-before", "away-after");
    }

    private static async Task CountUpAsync(GroupCommitter committer, string name, int times)
    {
        var id = NewId();
        (await committer.CommitAsync(Inserting(id, name), CancellationToken.None)).Should().Be(StepOutcome.Committed);
        for (var n = 1; n <= times; n++)
        {
            var step = NewStep();
            step.Update(Things, Thing(id, name, n, n + 1), n);
            (await committer.CommitAsync(step, CancellationToken.None)).Should().Be(StepOutcome.Committed, "nobody else writes {0}, so a refusal means it was applied twice", name);
        }
    }

    private async Task<long> EndServerProcessesAsync(CancellationToken ct)
    {
        var ended = 0L;
        var pause = Stopwatch.StartNew();
        while (!ct.IsCancellationRequested)
        {
            pause.Restart();
            ended += await database.CountAsync(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and application_name like 'switchboard-commit-%'");
            await Task.Delay(TimeSpan.FromMilliseconds(40), TimeProvider.System, CancellationToken.None);
        }
        return ended;
    }
}
