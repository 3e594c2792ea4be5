using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

using Quartz;

using Switchboard.Data;

namespace Switchboard.Runtime.Housekeeping;

internal static class HousekeepingModule
{
    /// <summary>Jobs by the clock. Quartz's clustered store sees to it that one node of all does each.</summary>
    public static IServiceCollection AddHousekeeping(this IServiceCollection services, HousekeepingOptions options)
    {
        options.Validate();
        services.AddSingleton(options);
        services.AddSingleton<Chores>();
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler => scheduler.InstanceName = "switchboard");
            quartz.UseDefaultThreadPool(2);
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(source => source.DataSourceFactory = provider => provider.GetRequiredService<Database>().Engine);
                store.ConfigureStore(tables => tables.TablePrefix = "quartz.qrtz_"); // Migrations/0005_housekeeping.sql
                store.UseClustering(_ => { });
            });
            quartz.AddJob<HousekeepingJob>(job => job.WithIdentity("housekeeping"));
            quartz.AddTrigger(trigger => trigger
                .ForJob("housekeeping")
                .WithIdentity("housekeeping")
                .WithSchedule(SimpleScheduleBuilder.Create().WithInterval(options.Interval).RepeatForever()));
        });
        services.AddQuartzHostedService(hosted =>
        {
            hosted.WaitForJobsToComplete = true;
            hosted.AwaitApplicationStarted = false; // or a service that cannot start would wait for that when it stops
        });
        return services;
    }
}

/// <summary>Does the chores, never two at a time.</summary>
[DisallowConcurrentExecution]
internal sealed class HousekeepingJob(Chores chores, ILogger<HousekeepingJob> log) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        foreach (var (chore, rows) in await chores.DoAsync(cancellationToken))
            log.LogInformation("Housekeeping: {Chore} took {Rows} rows.", chore, rows);
    }
}
