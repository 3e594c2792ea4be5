using Microsoft.Extensions.DependencyInjection;

using Switchboard.Data.Records;
using Switchboard.Data.Transfer;

namespace Switchboard.Data;

public static class DataModule
{
    /// <summary>The database and the record pipeline. Needs the committer of the runtime beside it.</summary>
    /// <param name="ownerConnectionString">Of a database that <see cref="Migrator"/> has brought up to date.</param>
    public static IServiceCollection AddData(this IServiceCollection services, string ownerConnectionString)
    {
        services.AddSingleton(_ => new Database(ownerConnectionString));
        services.AddSingleton(_ => new CustomFieldIndexes(ownerConnectionString));
        services.AddSingleton<FieldCatalogue>();
        services.AddSingleton<RecordReader>();
        services.AddSingleton<RecordValidation>();
        services.AddSingleton<RecordWriter>();
        services.AddSingleton<IdempotencyKeys>();
        services.AddSingleton<RecordExport>();
        services.AddSingleton<FirstStart>();
        return services;
    }
}
