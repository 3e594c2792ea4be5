using FluentAssertions;

using Npgsql;

using Switchboard.Data.Commit;

using Xunit;

using static Switchboard.Data.Tests.Commit.CommitDatabase;

namespace Switchboard.Data.Tests.Commit;

public sealed class GroupCommitterTests(CommitDatabase database) : IClassFixture<CommitDatabase>
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_step_is_applied_whole()
    {
        await using var committer = database.NewCommitter();
        var (changed, gone, added) = (NewId(), NewId(), NewId());
        await committer.CommitAsync(Inserting(changed, "whole-a", 1), None);
        await committer.CommitAsync(Inserting(gone, "whole-b", 2), None);
        var step = NewStep();
        step.Update(Things, Thing(changed, "whole-a", 10, 2), expectedVersion: 1);
        step.Delete(Things, gone, expectedVersion: 1);
        step.Insert(Things, Thing(added, "whole-b", 3)); // takes the name that the delete frees
        step.Insert(Parts, Tenant, NewId(), added); // refers to a row of the same step

        var outcome = await committer.CommitAsync(step, None);

        outcome.Should().Be(StepOutcome.Committed);
        (await database.ThingsAsync("whole-")).Should().BeEquivalentTo(new Dictionary<Guid, (string, long, long)>
        {
            [changed] = ("whole-a", 10, 2),
            [added] = ("whole-b", 3, 1),
        });
    }

    [Fact]
    public async Task An_update_may_refer_to_a_row_that_its_own_step_inserts()
    {
        await using var committer = database.NewCommitter();
        var (first, second, part) = (NewId(), NewId(), NewId());
        var step = Inserting(first, "refer-a");
        step.Insert(Parts, Tenant, part, first);
        await committer.CommitAsync(step, None);
        var next = Inserting(second, "refer-b");
        next.Update(Parts, [Tenant, part, second], expectedVersion: 0);

        (await committer.CommitAsync(next, None)).Should().Be(StepOutcome.Committed);
    }

    [Fact]
    public async Task Every_type_and_its_absence_arrive_as_they_were_given()
    {
        await using var committer = database.NewCommitter();
        var (full, empty) = (NewId(), NewId());
        var instant = new DateTimeOffset(2026, 3, 29, 2, 30, 0, TimeSpan.FromHours(2));
        object?[] values = ["ä\"\\,{}", 1L << 60, -7, true, 12.50m, new DateOnly(2026, 2, 28), instant, """{"a": [1, null]}""", new byte[] { 0, 255 }, full];
        var step = NewStep();
        step.Insert(Samples, [Tenant, full, .. values, 1L]);
        step.Insert(Samples, [Tenant, empty, .. values.Select(_ => (object?)null), 1L]);
        await committer.CommitAsync(step, None);
        var swap = NewStep();
        swap.Update(Samples, [Tenant, full, .. values.Select(_ => (object?)null), 2L], 1);
        swap.Update(Samples, [Tenant, empty, .. values, 2L], 1);
        await committer.CommitAsync(swap, None);

        await using var command = database.DataSource.CreateCommand(
            "select a_text, an_int8, an_int4, a_bool, a_numeric, a_date, an_instant, a_jsonb::text, a_bytea, a_uuid from samples where id = any($1) order by id = $2");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [full, empty] });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = empty });
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        Enumerable.Range(0, values.Length).Should().OnlyContain(at => reader.IsDBNull(at));
        await reader.ReadAsync();
        var read = new object[values.Length];
        reader.GetValues(read);
        read.Should().BeEquivalentTo(
            new object[] { values[0]!, values[1]!, values[2]!, true, 12.50m, new DateOnly(2026, 2, 28), instant.UtcDateTime, values[7]!, values[8]!, full },
            equal => equal.WithStrictOrdering());
    }

    [Fact]
    public async Task A_step_with_a_stale_row_leaves_nothing()
    {
        await using var committer = database.NewCommitter();
        var id = NewId();
        await committer.CommitAsync(Inserting(id, "stale-a"), None);
        var step = Inserting(NewId(), "stale-b");
        step.Update(Things, Thing(id, "stale-a", 5, 8), expectedVersion: 7);

        (await committer.CommitAsync(step, None)).Should().Be(StepOutcome.Fenced);
        (await database.ThingsAsync("stale-")).Should().ContainSingle().Which.Value.Should().Be(("stale-a", 0L, 1L));
    }

    [Fact]
    public async Task Deleting_a_row_that_is_gone_is_refused_only_when_a_version_is_named()
    {
        await using var committer = database.NewCommitter();
        var fenced = NewStep();
        fenced.Delete(Things, NewId(), expectedVersion: 1);
        var free = NewStep();
        free.Delete(Things, NewId());

        (await committer.CommitAsync(fenced, None)).Should().Be(StepOutcome.Fenced);
        (await committer.CommitAsync(free, None)).Should().Be(StepOutcome.Committed);
    }

    [Fact]
    public async Task Of_several_steps_on_one_row_in_one_batch_the_first_wins()
    {
        await using var committer = database.NewCommitter();
        var id = NewId();
        await committer.CommitAsync(Inserting(id, "race"), None);

        var outcomes = await Task.WhenAll(Enumerable.Range(1, 20).Select(amount =>
        {
            var step = NewStep();
            step.Update(Things, Thing(id, "race", amount, 2), expectedVersion: 1);
            return committer.CommitAsync(step, None);
        }));

        outcomes.Should().Equal([StepOutcome.Committed, .. Enumerable.Repeat(StepOutcome.Fenced, 19)]);
        (await database.ThingsAsync("race"))[id].Should().Be(("race", 1L, 2L));
    }

    [Fact]
    public async Task A_refused_step_does_not_spoil_the_others_of_its_batch()
    {
        await using var committer = database.NewCommitter();
        var ids = Enumerable.Range(0, 100).Select(_ => NewId()).ToArray();
        await Task.WhenAll(ids.Select((id, i) => committer.CommitAsync(Inserting(id, $"spoil-{i}"), None)));

        var outcomes = await Task.WhenAll(ids.Select((id, i) =>
        {
            var step = NewStep();
            step.Update(Things, Thing(id, $"spoil-{i}", 1, 2), expectedVersion: i % 10 == 3 ? 9 : 1);
            return committer.CommitAsync(step, None);
        }));

        outcomes.Select((outcome, i) => outcome == StepOutcome.Committed == (i % 10 != 3)).Should().NotContain(false);
        (await database.ThingsAsync("spoil-")).Values.Count(row => row is { Amount: 1, Version: 2 }).Should().Be(90);
    }

    [Fact]
    public async Task One_bad_step_among_a_hundred_fails_alone_with_its_reason()
    {
        await using var committer = database.NewCommitter();

        var commits = Enumerable.Range(0, 100).Select(i => committer.CommitAsync(Inserting(NewId(), $"bad-{i}", i == 57 ? -1 : i), None)).ToArray();

        (await Awaiting(() => commits[57]).Should().ThrowAsync<PostgresException>()).Which.ConstraintName.Should().Be("things_amount_not_negative");
        await Task.WhenAll(commits.Where((_, i) => i != 57));
        (await database.ThingsAsync("bad-")).Should().HaveCount(99);
    }

    [Fact]
    public async Task Of_two_steps_with_one_unique_value_the_first_is_kept()
    {
        await using var committer = database.NewCommitter();

        var commits = Enumerable.Range(0, 8).Select(i => committer.CommitAsync(Inserting(NewId(), "unique-one", i), None)).ToArray();

        (await commits[0]).Should().Be(StepOutcome.Committed);
        foreach (var commit in commits[1..])
            (await Awaiting(() => commit).Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.UniqueViolation);
        (await database.ThingsAsync("unique-one")).Values.Should().ContainSingle().Which.Amount.Should().Be(0);
    }

    [Fact]
    public async Task A_step_that_is_behind_is_refused_as_such_even_if_it_also_breaks_a_rule()
    {
        await using var committer = database.NewCommitter();
        var id = NewId();
        await committer.CommitAsync(Inserting(id, "behind-a"), None);
        var step = Inserting(NewId(), "behind-a"); // the name is taken
        step.Update(Things, Thing(id, "behind-a", 1, 8), expectedVersion: 7);

        (await committer.CommitAsync(step, None)).Should().Be(StepOutcome.Fenced);
    }

    [Fact]
    public async Task A_row_of_the_wrong_shape_fails_alone()
    {
        await using var committer = database.NewCommitter();
        var wrong = NewStep();
        wrong.Insert(Things, Tenant, NewId(), "shape-wrong", "not a number", 1L);
        var tooShort = NewStep();
        tooShort.Insert(Things, Tenant, NewId(), "shape-short");

        var commits = new[] { wrong, Inserting(NewId(), "shape-right"), tooShort }.Select(step => committer.CommitAsync(step, None)).ToArray();

        (await Awaiting(() => commits[0]).Should().ThrowAsync<InvalidCastException>()).Which.Message.Should().Contain("amount");
        (await commits[1]).Should().Be(StepOutcome.Committed);
        (await Awaiting(() => commits[2]).Should().ThrowAsync<InvalidCastException>()).Which.Message.Should().Contain("amount");
    }

    [Fact]
    public async Task A_step_that_changes_one_row_twice_is_a_callers_bug()
    {
        await using var committer = database.NewCommitter();
        var id = NewId();
        var step = NewStep();
        step.Update(Things, Thing(id, "twice", 1, 2), 1);
        step.Update(Things, Thing(id, "twice", 2, 2), 1);

        var commit = () => committer.CommitAsync(step, None);

        await commit.Should().ThrowAsync<ArgumentException>().WithMessage($"*{id}*twice*");
    }

    [Fact]
    public async Task Two_nodes_on_one_row_lose_no_update()
    {
        await using var one = database.NewCommitter();
        await using var two = database.NewCommitter();
        var ids = new[] { NewId(), NewId(), NewId() };
        foreach (var (at, id) in ids.Index())
            await one.CommitAsync(Inserting(id, $"nodes-{at}"), None);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => IncrementAsync(worker % 2 == 0 ? one : two, worker, 25)));

        (await database.ThingsAsync("nodes-")).Values.Sum(row => row.Amount).Should().Be(16 * 25);

        async Task IncrementAsync(GroupCommitter committer, int worker, int times)
        {
            for (var done = 0; done < times;)
            {
                var at = (worker + done) % ids.Length;
                var row = (await database.ThingsAsync($"nodes-{at}"))[ids[at]];
                var step = NewStep();
                step.Update(Things, Thing(ids[at], row.Name, row.Amount + 1, row.Version + 1), row.Version);
                if (await committer.CommitAsync(step, None) == StepOutcome.Committed)
                    done++;
            }
        }
    }

    [Fact]
    public async Task Callbacks_run_after_the_commit_and_a_failing_one_harms_nobody()
    {
        var signals = new CommitSignals();
        var signalled = 0;
        signals.Listen(Things, () => signalled++);
        await using var committer = database.NewCommitter(signals: signals);
        var step = Inserting(NewId(), "callback-a");
        var seen = 0L;
        step.Committed.Add(() => throw new InvalidOperationException("on purpose"));
        step.Committed.Add(() => seen = database.ThingsAsync("callback-a").GetAwaiter().GetResult().Count);

        await committer.CommitAsync(step, None);
        await committer.CommitAsync(Inserting(NewId(), "callback-b"), None);

        seen.Should().Be(1);
        signalled.Should().Be(2);
        committer.Completion.IsCompleted.Should().BeFalse();
    }

    [Fact]
    public async Task What_has_arrived_is_committed_before_the_committer_ends()
    {
        var committer = database.NewCommitter();
        var commits = Enumerable.Range(0, 1000).Select(i => committer.CommitAsync(Inserting(NewId(), $"end-{i}"), None)).ToArray();

        await committer.DisposeAsync();

        commits.Should().OnlyContain(commit => commit.IsCompletedSuccessfully);
        (await database.ThingsAsync("end-")).Should().HaveCount(1000);
        var late = () => committer.CommitAsync(NewStep(), None);
        await late.Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task A_step_taken_back_before_its_turn_is_not_applied()
    {
        await using var committer = database.NewCommitter();
        using var cancelled = new CancellationTokenSource();
        var busy = Enumerable.Range(0, 2000).Select(i => committer.CommitAsync(Inserting(NewId(), $"busy-{i}"), None)).ToArray();
        var commit = committer.CommitAsync(Inserting(NewId(), "back-a"), cancelled.Token);
        await cancelled.CancelAsync();

        await Awaiting(() => commit).Should().ThrowAsync<OperationCanceledException>();
        await Task.WhenAll(busy);
        (await database.ThingsAsync("back-")).Should().BeEmpty();
    }

    private static Func<Task> Awaiting(Func<Task> commit) => commit;
}
