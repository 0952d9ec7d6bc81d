import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
import guides.models.operators
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Channel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True, verbose_name='short name')),
                ('kind', models.CharField(choices=[('shop', 'Shop'), ('app', "Operator's app"), ('website', "Operator's website"), ('bank_app', 'Bank app'), ('payment_service', 'Payment service'), ('kiosk', 'Payment kiosk'), ('ussd', 'Short code (USSD)'), ('reseller_abroad', 'Reseller abroad')], max_length=20, verbose_name='kind')),
                ('works_abroad', models.CharField(choices=[('yes', 'yes'), ('no', 'no'), ('unknown', 'not known')], default='unknown', max_length=10, verbose_name='works from abroad')),
                ('payments', models.JSONField(blank=True, default=list, validators=[guides.models.operators.payment_list], verbose_name='takes')),
                ('payments_to_check', models.JSONField(blank=True, default=list, validators=[guides.models.operators.payment_list], verbose_name='may take, nobody has proved it')),
                ('credited', models.CharField(choices=[('at_once', 'usually at once'), ('later', 'later'), ('unknown', 'not known')], default='unknown', max_length=10, verbose_name='credited')),
                ('fee', models.CharField(choices=[('none', 'no fee'), ('possible', 'a fee is possible'), ('unknown', 'not known')], default='unknown', max_length=10, verbose_name='fee')),
                ('source', models.CharField(blank=True, max_length=300, verbose_name='source')),
                ('order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
            ],
            options={
                'verbose_name': 'channel',
                'verbose_name_plural': 'channels',
                'ordering': ['order', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='LoadedItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20, verbose_name='kind')),
                ('key', models.CharField(max_length=160, verbose_name='entry')),
                ('digest', models.CharField(max_length=64)),
                ('offered', models.JSONField(blank=True, null=True)),
                ('declined', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'verbose_name': 'entry of the files',
                'verbose_name_plural': 'entries of the files',
                'constraints': [models.UniqueConstraint(fields=('kind', 'key'), name='one_digest_per_loaded_item')],
            },
        ),
        migrations.CreateModel(
            name='Operator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True, verbose_name='short name')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('prefixes', models.JSONField(blank=True, default=list, help_text='The three digits after +7, as a list. A ported number keeps its old prefix.', validators=[guides.models.operators.prefix_list], verbose_name='number prefixes')),
                ('website', models.URLField(blank=True, verbose_name='website')),
                ('order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('network', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='brands', to='guides.operator', verbose_name='runs on the network of')),
            ],
            options={
                'verbose_name': 'operator',
                'verbose_name_plural': 'operators',
                'ordering': ['order', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Guide',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(help_text="The last part of the page's address.", verbose_name='short name')),
                ('topic', models.CharField(choices=[('renew', 'Renew'), ('buy', 'Buy or change a plan'), ('keep', 'Keep the number'), ('choose', 'Choose an operator'), ('tips', 'Tips'), ('trouble', 'When it goes wrong'), ('support', 'Get help')], max_length=10, verbose_name='topic')),
                ('on_operator_pages', models.BooleanField(default=True, help_text='Off for texts that compare operators: they stand on the general page only.', verbose_name='shown with each operator')),
                ('order', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('published', models.BooleanField(default=True, verbose_name='published')),
                ('channel', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='guides', to='guides.channel', verbose_name='channel')),
                ('operator', models.ForeignKey(blank=True, help_text='Empty: for every operator.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='guides', to='guides.operator', verbose_name='operator')),
            ],
            options={
                'verbose_name': 'guide',
                'verbose_name_plural': 'guides',
                'ordering': ['order', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Fact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='Like beeline.data_left_code: who it is about, a dot, and what it is.', max_length=80, unique=True, verbose_name='name in texts')),
                ('kind', models.CharField(choices=[('code', 'short code (USSD)'), ('number', 'phone number'), ('price', 'price'), ('fee', 'fee'), ('limit', 'limit'), ('rule', 'rule'), ('site', 'website'), ('email', 'e-mail address'), ('name', 'name')], max_length=10, verbose_name='kind')),
                ('value', models.CharField(blank=True, help_text='The same in every language: a code, a number, an address. Empty if nobody knows it yet.', max_length=300, verbose_name='value')),
                ('source', models.CharField(blank=True, max_length=300, verbose_name='source')),
                ('seen_on', models.DateField(blank=True, help_text='Empty: the source shows no date.', null=True, verbose_name='seen on')),
                ('confidence', models.CharField(choices=[('confirmed', 'confirmed by several sources'), ('one_source', 'one source only'), ('old', 'old information, may have changed'), ('reported', 'reported by users'), ('unknown', 'not known yet')], max_length=12, verbose_name='confidence')),
                ('note', models.TextField(blank=True, verbose_name='note for editors')),
                ('operator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='facts', to='guides.operator', verbose_name='operator')),
            ],
            options={
                'verbose_name': 'fact',
                'verbose_name_plural': 'facts',
                'ordering': ['key'],
            },
        ),
        migrations.CreateModel(
            name='OperatorText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=[('en', 'English'), ('zh-hans', '简体中文'), ('zh-hant', '繁體中文'), ('ru', 'Русский'), ('kk', 'Қазақша')], max_length=10, verbose_name='language')),
                ('known_for', models.TextField(help_text='Markdown. Facts are named like {{ beeline.website }}.', verbose_name='known for')),
                ('suits_resident', models.TextField(blank=True, verbose_name='for someone who lives in Kazakhstan')),
                ('suits_visitor', models.TextField(blank=True, verbose_name='for a short visitor')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
                ('checked_on', models.DateField(blank=True, null=True, verbose_name='last checked on')),
                ('operator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='guides.operator', verbose_name='operator')),
            ],
            options={
                'verbose_name': 'operator profile',
                'verbose_name_plural': 'operator profiles',
                'ordering': ['operator', 'language'],
            },
        ),
        migrations.CreateModel(
            name='Promotion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(blank=True, choices=[('en', 'English'), ('zh-hans', '简体中文'), ('zh-hant', '繁體中文'), ('ru', 'Русский'), ('kk', 'Қазақша')], help_text='Empty: for every reader.', max_length=10, verbose_name='language')),
                ('audience', models.CharField(blank=True, choices=[('kz', 'In Kazakhstan'), ('abroad', 'Abroad')], help_text='Empty: wherever the reader is.', max_length=10, verbose_name='audience')),
                ('title', models.CharField(max_length=200, verbose_name='text')),
                ('since', models.DateField(blank=True, help_text='Empty: at once.', null=True, verbose_name='first day')),
                ('until', models.DateField(verbose_name='last day')),
                ('source', models.CharField(max_length=300, verbose_name='source')),
                ('noted_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='noted at')),
                ('operator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='promotions', to='guides.operator', verbose_name='operator')),
            ],
            options={
                'verbose_name': 'promotion',
                'verbose_name_plural': 'promotions',
                'ordering': ['until'],
            },
        ),
        migrations.CreateModel(
            name='Reads',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('week', models.DateField()),
                ('count', models.PositiveIntegerField(default=0)),
                ('guide', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reads', to='guides.guide')),
            ],
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.CharField(blank=True, max_length=300, verbose_name='value')),
                ('worked', models.BooleanField(verbose_name='it worked')),
                ('happened_on', models.DateField(verbose_name='on')),
                ('payment', models.CharField(blank=True, choices=[('cash', 'Cash in Kazakhstan'), ('kaspi', 'Kaspi'), ('kz_card', 'Another Kazakh bank card'), ('foreign_card', 'Visa or Mastercard issued abroad'), ('unionpay', 'UnionPay'), ('mir', 'Mir'), ('alipay_wechat', 'Alipay or WeChat Pay')], max_length=20, verbose_name='paid with')),
                ('card_country', models.CharField(blank=True, max_length=2, verbose_name='country of the card')),
                ('place', models.CharField(blank=True, choices=[('kz', 'In Kazakhstan'), ('abroad', 'Abroad')], max_length=10, verbose_name='where')),
                ('comment', models.TextField(blank=True, max_length=1000, verbose_name='comment')),
                ('who', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField(verbose_name='told us')),
                ('hidden', models.BooleanField(default=False, help_text='Does not count and is not shown.', verbose_name='hidden')),
                ('channel', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='guides.channel', verbose_name='channel')),
                ('fact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='guides.fact', verbose_name='fact')),
                ('guide', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='guides.guide', verbose_name='guide')),
                ('operator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='guides.operator', verbose_name='operator')),
            ],
            options={
                'verbose_name': "reader's report",
                'verbose_name_plural': "readers' reports",
                'ordering': ['-happened_on', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Tariff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('price', models.DecimalField(decimal_places=2, max_digits=10, verbose_name='price')),
                ('currency', models.CharField(default='KZT', max_length=3, verbose_name='currency')),
                ('period', models.CharField(blank=True, choices=[('day', '1 day'), ('7d', '7 days'), ('28d', '28 days'), ('30d', '30 days'), ('720h', '720 hours'), ('month', 'calendar month'), ('first', 'calendar month, charged on the 1st'), ('once', 'once')], help_text='Empty: the source does not say.', max_length=5, verbose_name='period')),
                ('price_since', models.DateField(blank=True, help_text='Where a new price was announced for a day to come.', null=True, verbose_name='price holds from')),
                ('data_mb', models.PositiveIntegerField(blank=True, null=True, verbose_name='data, MB')),
                ('minutes', models.PositiveIntegerField(blank=True, null=True, verbose_name='minutes')),
                ('messages', models.PositiveIntegerField(blank=True, null=True, verbose_name='SMS')),
                ('fallback_fee', models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True, verbose_name='fee a day when the money is short')),
                ('source', models.CharField(max_length=300, verbose_name='source')),
                ('seen_on', models.DateField(blank=True, null=True, verbose_name='seen on')),
                ('confidence', models.CharField(choices=[('confirmed', 'confirmed by several sources'), ('one_source', 'one source only'), ('old', 'old information, may have changed'), ('reported', 'reported by users'), ('unknown', 'not known yet')], default='one_source', max_length=12, verbose_name='confidence')),
                ('price_changed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='price changed here at')),
                ('operator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tariffs', to='guides.operator', verbose_name='operator')),
            ],
            options={
                'verbose_name': 'tariff',
                'verbose_name_plural': 'tariffs',
                'ordering': ['operator', 'price'],
            },
        ),
        migrations.CreateModel(
            name='TextVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=[('en', 'English'), ('zh-hans', '简体中文'), ('zh-hant', '繁體中文'), ('ru', 'Русский'), ('kk', 'Қазақша')], max_length=10, verbose_name='language')),
                ('content', models.JSONField(default=dict, verbose_name='text')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('in_review', 'in review'), ('published', 'published')], default='draft', max_length=10, verbose_name='state')),
                ('weight', models.CharField(choices=[('typo', 'typo or style: the other languages need nothing'), ('changed', 'changed: the other languages must follow'), ('new_fact', 'new fact: readers could lose money or service by the old text')], default='changed', max_length=10, verbose_name='weight')),
                ('translated_from', models.CharField(blank=True, max_length=16, verbose_name='translated from')),
                ('based_on', models.CharField(blank=True, max_length=16, verbose_name='based on')),
                ('changed_at', models.DateTimeField(verbose_name='changed')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='what changed')),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                ('guide', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='guides.guide', verbose_name='guide')),
                ('publisher', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='published by')),
            ],
            options={
                'verbose_name': 'version',
                'verbose_name_plural': 'versions',
                'ordering': ['-changed_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='WeeklyMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('wanted', models.BooleanField(default=True)),
                ('last_week', models.DateField(null=True)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='GuideText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=[('en', 'English'), ('zh-hans', '简体中文'), ('zh-hant', '繁體中文'), ('ru', 'Русский'), ('kk', 'Қазақша')], max_length=10, verbose_name='language')),
                ('title', models.CharField(max_length=150, verbose_name='title')),
                ('summary', models.CharField(blank=True, max_length=300, verbose_name='summary')),
                ('need', models.TextField(blank=True, help_text='Markdown, a short list.', verbose_name='what you need')),
                ('steps', models.TextField(blank=True, help_text='Markdown, a numbered list, one action each. Facts are named like {{ operator.data_left_code }}.', verbose_name='steps')),
                ('pros', models.TextField(blank=True, verbose_name='good about it')),
                ('cons', models.TextField(blank=True, verbose_name='to watch')),
                ('more', models.TextField(blank=True, verbose_name='good to know')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
                ('checked_on', models.DateField(blank=True, null=True, verbose_name='last checked on')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('in_review', 'in review'), ('published', 'published')], default='draft', max_length=10, verbose_name='state')),
                ('translated_from', models.CharField(blank=True, help_text='Which wording of the source language this is a translation of.', max_length=16, verbose_name='translated from')),
                ('guide', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='guides.guide', verbose_name='guide')),
            ],
            options={
                'verbose_name': 'guide text',
                'verbose_name_plural': 'guide texts',
                'ordering': ['guide', 'language'],
                'permissions': [('publish_guidetext', 'Can publish guide texts')],
                'constraints': [models.UniqueConstraint(fields=('guide', 'language'), name='one_text_per_guide_and_language', violation_error_message='This guide already has a text in this language.')],
            },
        ),
        migrations.AddConstraint(
            model_name='guide',
            constraint=models.UniqueConstraint(fields=('operator', 'slug'), name='one_guide_per_operator_and_slug', violation_error_message='This operator already has a guide of this short name.'),
        ),
        migrations.AddConstraint(
            model_name='guide',
            constraint=models.UniqueConstraint(condition=models.Q(('operator__isnull', True)), fields=('slug',), name='one_general_guide_per_slug', violation_error_message='There is already a guide of this short name for every operator.'),
        ),
        migrations.AddConstraint(
            model_name='fact',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confidence', 'unknown'), ('value', '')), models.Q(models.Q(('value', ''), _negated=True), models.Q(('confidence', 'unknown'), _negated=True)), _connector='OR'), name='unknown_facts_have_no_value', violation_error_message='A fact without a value is “not known yet”, and only such a fact.'),
        ),
        migrations.AddConstraint(
            model_name='fact',
            constraint=models.CheckConstraint(condition=models.Q(('value', ''), models.Q(('source', ''), _negated=True), _connector='OR'), name='known_facts_have_a_source', violation_error_message='Say where this value comes from.'),
        ),
        migrations.AddConstraint(
            model_name='operatortext',
            constraint=models.UniqueConstraint(fields=('operator', 'language'), name='one_profile_per_language', violation_error_message='This operator already has a profile in this language.'),
        ),
        migrations.AddConstraint(
            model_name='reads',
            constraint=models.UniqueConstraint(fields=('guide', 'week'), name='one_count_per_guide_and_week'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['who', 'made_at'], name='reports_by_who'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('fact__isnull', False), ('guide__isnull', True)), models.Q(('fact__isnull', True), ('guide__isnull', False)), models.Q(('channel__isnull', False), ('fact__isnull', True), ('guide__isnull', True)), _connector='OR'), name='a_report_is_about_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(models.F('who'), models.F('happened_on'), django.db.models.functions.comparison.Coalesce('fact', 0, output_field=models.BigIntegerField()), django.db.models.functions.comparison.Coalesce('guide', 0, output_field=models.BigIntegerField()), django.db.models.functions.comparison.Coalesce('operator', 0, output_field=models.BigIntegerField()), django.db.models.functions.comparison.Coalesce('channel', 0, output_field=models.BigIntegerField()), name='one_report_on_a_thing_per_person_and_day'),
        ),
        migrations.AddConstraint(
            model_name='tariff',
            constraint=models.UniqueConstraint(fields=('operator', 'name', 'period'), name='one_tariff_per_name_and_period', violation_error_message='This operator already has a tariff of this name and period.'),
        ),
        migrations.AddConstraint(
            model_name='textversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'published'), _negated=True), fields=('guide', 'language'), name='one_open_version_per_text', violation_error_message='Somebody is already writing this text.'),
        ),
    ]
