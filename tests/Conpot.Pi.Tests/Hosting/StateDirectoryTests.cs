using Conpot.Pi.Hosting;
using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Hosting;

public class StateDirectoryTests
{
    [Fact]
    public void A_kept_identity_comes_before_any_other_and_stays()
    {
        using var temp = new TempDirectory();
        File.WriteAllText(temp["seed"], "pump-house-3\n");
        Assert.Equal(DeviceSeed.From("pump-house-3").ToString(), StateDirectory.Seed(temp.Path, create: true).ToString());
        Assert.Equal("pump-house-3\n", File.ReadAllText(temp["seed"]));
    }

    [Fact]
    public void An_empty_identity_is_none_and_a_mere_look_writes_nothing()
    {
        using var temp = new TempDirectory();
        File.WriteAllText(temp["seed"], " \n");
        _ = StateDirectory.Seed(temp.Path, create: false);
        Assert.Equal(" \n", File.ReadAllText(temp["seed"]));
        _ = StateDirectory.Seed(temp["none"], create: false);
        Assert.False(Directory.Exists(temp["none"]));
    }

    [Fact]
    public void An_identity_once_made_is_the_same_at_the_next_start()
    {
        using var temp = new TempDirectory();
        Assert.Equal(StateDirectory.Seed(temp.Path, create: true).ToString(), StateDirectory.Seed(temp.Path, create: true).ToString());
    }
}
